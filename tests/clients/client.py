import requests
from typing import Optional, List

class MultiInstanceHABossClient:
    def __init__(self, base_url: str, api_key: Optional[str] = None):
        self.base_url = base_url
        self.headers = {}
        if api_key:
            self.headers["X-API-Key"] = api_key

    def list_instances(self) -> List[dict]:
        """Get all configured instances."""
        response = requests.get(
            f"{self.base_url}/api/instances",
            headers=self.headers
        )
        response.raise_for_status()
        return response.json()

    def get_status(self, instance_id: str = "default") -> dict:
        """Get status for specific instance."""
        response = requests.get(
            f"{self.base_url}/api/status",
            params={"instance_id": instance_id},
            headers=self.headers
        )
        response.raise_for_status()
        return response.json()

    def get_all_instance_stats(self) -> dict:
        """Get statistics for all instances."""
        instances = self.list_instances()
        stats = {}
        for instance in instances:
            instance_id = instance["instance_id"]
            stats[instance_id] = self.get_status(instance_id)
        return stats

# Usage
client = MultiInstanceHABossClient("http://localhost:8000")

# List all instances
instances = client.list_instances()
print(f"Managing {len(instances)} instances:")
for inst in instances:
    print(f"  - {inst['instance_id']}: {inst['state']}")

# Get status for each instance
for instance in instances:
    status = client.get_status(instance["instance_id"])
    print(f"{instance['instance_id']}: {status['monitored_entities']} entities")
