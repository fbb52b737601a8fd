const VERIFIED =
  'is not needed: every step is followed until what was down reports again, one heal at a time in a home.';
const MONITORS = 'is not needed: the connection is watched, kept and caught up by itself.';
const NODE_RED = "is Node-RED's business: see its settings.js.";
const EVERYTHING =
  'is left out: Caretaker watches every entity, used by an automation or not. "Only these" in the instance narrows it.';
const AUTOMATIONS = 'is left out: whether automations did what they were meant to is not looked at yet.';
const INTELLIGENCE = 'is left out: figures and anomalies need no switch, and a language model is not asked yet.';
const PLANS = 'is left out: built-in plans are always there; which ones count is said in the heal node.';

/** Settings of HA Boss that stay behind, by path; `*` is any key there. Why, and what to do instead. */
export const LEFT_BEHIND: ReadonlyMap<string, string> = new Map([
  ['home_assistant.bridge_enabled', 'is not needed: Caretaker asks Home Assistant itself, without a bridge.'],

  ['monitoring.snapshot_interval_seconds', MONITORS],
  [
    'monitoring.stale_threshold_seconds',
    'is left out: it would call every lamp and door that is quiet for so long stale. ' +
      'Where silence is a fault, set "Stale after silence of", for some entities under "Other times for some entities".',
  ],
  ['monitoring.auto_discovery.*', EVERYTHING],

  ['healing.entity_healing_max_attempts', VERIFIED],
  ['healing.entity_healing_base_delay', VERIFIED],
  ['healing.device_healing_reboot_timeout', VERIFIED],
  ['healing.cascade_timeout_seconds', VERIFIED],
  ['healing.max_concurrent_entity_healing', VERIFIED],
  ['healing.device_state_verification_timeout', VERIFIED],
  ['healing.device_state_verification_partial_success_threshold', VERIFIED],
  ['healing.pattern_match_threshold', 'is not needed: what has helped before is tried first by itself.'],
  ['healing.healing_plans_enabled', PLANS],
  ['healing.healing_plans_use_builtin', PLANS],
  [
    'healing.healing_plans_directory',
    'is left out: plans are written differently here. Write yours anew, under caretaker/plans; see docs/plans.md.',
  ],
  ['healing.community_plans_repo', 'is left out: there is no such place for plans of Caretaker.'],

  ['notifications.weekly_summary', 'is left out: the example "Weekly report" sends one.'],
  ['notifications.ai_enhanced', INTELLIGENCE],
  ['notifications.ha_service', 'is left out: wire the second output of the heal node to whatever tells you.'],
  ['notifications.email', 'is left out: wire the second output of the heal node to an email node.'],
  ['intelligence.*', INTELLIGENCE],
  ['outcome_validation.*', AUTOMATIONS],
  ['websocket.*', MONITORS],
  ['rest.*', MONITORS],
  ['logging.*', NODE_RED],

  ['database.path', 'is not looked at: to take its history over, name the file with --database.'],
  ['database.echo', NODE_RED],
  [
    'database.retention_days',
    'is left out: HA Boss never deleted anything. Caretaker keeps facts for 90 days, or as "Keep" in the instance says.',
  ],

  ['api.enabled', 'is left out: the API is there, and answers who has a key of its caretaker-api node.'],
  ['api.host', NODE_RED],
  ['api.port', "is left out: the API answers at Node-RED's own port, under the same paths."],
  ['api.cors_enabled', NODE_RED],
  ['api.cors_origins', NODE_RED],
  ['api.require_https', NODE_RED],
  ['api.auth_enabled', 'is left out: without a key of its caretaker-api node nobody is answered.'],
  ['api.api_keys', 'is not copied: make new keys in the caretaker-api node, and give them to who calls it.'],
]);
