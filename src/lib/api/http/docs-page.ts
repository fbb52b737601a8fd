import { createHash } from 'node:crypto';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
input { flex: 1 1 16rem; font: inherit; padding: .3rem .5rem; }
button { font: inherit; padding: .3rem 1rem; }
summary { cursor: pointer; padding: .3rem 0; overflow-wrap: anywhere; }
summary b { display: inline-block; min-width: 4.5rem; }
summary span { margin-left: .7rem; opacity: .75; }
pre { overflow: auto; padding: .7rem; border: 1px solid; border-radius: 4px; font-size: .85rem; }
h2 { margin: 1.5rem 0 .3rem; font-size: 1.1rem; }
`;

/** Whatever comes from the document is text. The key stays in this page. */
const SCRIPT = `
'use strict';
const base = location.pathname.replace(/\\/docs\\/?$/, '');
const list = document.getElementById('routes');
const said = document.getElementById('said');
const add = (parent, tag, text) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  return parent.appendChild(element);
};
function showRoute(section, method, path, { summary, description, tags, operationId, ...rest }) {
  const details = add(section, 'details');
  const head = add(details, 'summary');
  add(head, 'b', method.toUpperCase());
  add(head, 'code', base + path);
  add(head, 'span', summary);
  add(details, 'pre', JSON.stringify(rest, null, 2));
}
function show(doc) {
  list.replaceChildren();
  const sections = new Map();
  for (const [path, methods] of Object.entries(doc.paths)) {
    const group = path.split('/')[1];
    if (!sections.has(group)) {
      const section = add(list, 'section');
      add(section, 'h2', group);
      sections.set(group, section);
    }
    for (const [method, route] of Object.entries(methods)) showRoute(sections.get(group), method, path, route);
  }
}
async function load(key) {
  const response = await fetch(base + '/openapi.json', { headers: key ? { 'X-API-Key': key } : {} });
  const body = await response.json();
  said.textContent = response.ok ? '' : body.detail;
  if (response.ok) show(body);
}
const tell = (thrown) => { said.textContent = String(thrown); };
document.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault();
  load(document.getElementById('key').value.trim()).catch(tell);
});
load('').catch(tell);
`;

/** Everything the API answers, from its own OpenAPI document; nothing comes from anywhere else. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Caretaker API</title>
<style>${STYLE}</style>
<h1>Caretaker API</h1>
<form>
  <label for="key">API key</label>
  <input id="key" type="password" autocomplete="off" spellcheck="false">
  <button>Show</button>
</form>
<p id="said" role="status"></p>
<p>The document itself is <code>openapi.json</code> beside this page.</p>
<main id="routes"></main>
<script>${SCRIPT}</script>
</html>
`;

const allowed = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export const DOCS_HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    `script-src ${allowed(SCRIPT)}`,
    `style-src ${allowed(STYLE)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Referrer-Policy': 'no-referrer',
} as const;
