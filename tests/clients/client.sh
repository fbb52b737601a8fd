# List all instances
curl http://localhost:8000/api/instances | jq

# Get status for each instance
for instance in home vacation testing; do
  echo "=== $instance ==="
  curl "http://localhost:8000/api/status?instance_id=$instance" | jq
done

# Compare entity counts across instances
curl http://localhost:8000/api/instances | \
  jq -r '.[] | "\(.instance_id): \(.monitored_entities) entities"'

# Trigger healing on specific instance
curl -X POST "http://localhost:8000/api/healing/sensor.temp?instance_id=vacation"
