#!/usr/bin/env python3
"""Monitor all HA Boss instances and alert on issues."""

import requests
import sys

def check_all_instances(base_url: str):
    """Check health of all instances."""
    instances_resp = requests.get(f"{base_url}/api/instances")
    instances = instances_resp.json()

    issues = []

    for instance in instances:
        instance_id = instance["instance_id"]

        # Check connection
        if not instance["websocket_connected"]:
            issues.append(f"{instance_id}: WebSocket disconnected")

        # Check health
        health_resp = requests.get(
            f"{base_url}/api/health",
            params={"instance_id": instance_id}
        )
        health = health_resp.json()

        if health["status"] == "unhealthy":
            issues.append(f"{instance_id}: Status is unhealthy")
        elif health["status"] == "degraded":
            issues.append(f"{instance_id}: Status is degraded")

    return issues

if __name__ == "__main__":
    base_url = "http://localhost:8000"
    issues = check_all_instances(base_url)

    if issues:
        print("⚠️  Issues detected:")
        for issue in issues:
            print(f"  - {issue}")
        sys.exit(1)
    else:
        print("✅ All instances healthy")
        sys.exit(0)
