class MultiInstanceHABossClient {
  constructor(baseURL, apiKey = null) {
    this.baseURL = baseURL;
    this.headers = {};
    if (apiKey) {
      this.headers['X-API-Key'] = apiKey;
    }
  }

  async listInstances() {
    const response = await fetch(
      `${this.baseURL}/api/instances`,
      { headers: this.headers }
    );
    return response.json();
  }

  async getStatus(instanceId = 'default') {
    const params = new URLSearchParams({ instance_id: instanceId });
    const response = await fetch(
      `${this.baseURL}/api/status?${params}`,
      { headers: this.headers }
    );
    return response.json();
  }

  async getAllInstanceStats() {
    const instances = await this.listInstances();
    const stats = {};

    for (const instance of instances) {
      stats[instance.instance_id] = await this.getStatus(instance.instance_id);
    }

    return stats;
  }
}

// Usage
const client = new MultiInstanceHABossClient('http://localhost:8000');

// Get all instance statistics
const stats = await client.getAllInstanceStats();
console.log('Multi-instance statistics:', stats);
