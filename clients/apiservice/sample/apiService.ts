// A sample of the service module that many single-page applications have, failover included. It does
// what its documentation promises, and no more: see the README for what that means under a hang.

const PRIMARY_API_URL = import.meta.env.VITE_API_BASE_URL || 'http://localhost:8080';
const BACKUP_URLS = (import.meta.env.VITE_API_BACKUP_URLS || 'http://localhost:8081,http://localhost:8082')
    .split(',')
    .map((url: string) => url.trim())
    .filter(Boolean);
const ALL_API_NODES: string[] = [PRIMARY_API_URL, ...BACKUP_URLS];

const REQUEST_TIMEOUT_MS = 5000;
const HEALTH_CHECK_INTERVAL_MS = 30000;
const HEALTH_CHECK_TIMEOUT_MS = 3000;

export interface NodeHealth {
    index: number;
    url: string;
    isHealthy: boolean;
    isCurrent: boolean;
}

class ApiService {
    private currentNodeIndex = 0;
    private failedNodes = new Set<number>();
    private lastHealthCheck = Date.now();

    // The heart of the failover: every node once, beginning with the current one.
    private async fetchWithFailover(endpoint: string, options: RequestInit = {}): Promise<Response> {
        this.performHealthCheckIfDue();
        let lastError: unknown = new Error('no node');
        for (let attempt = 0; attempt < ALL_API_NODES.length; attempt++) {
            const url = ALL_API_NODES[this.currentNodeIndex] + endpoint;
            try {
                const response = await this.fetchWithTimeout(url, options, REQUEST_TIMEOUT_MS);
                if (response.status < 500) {
                    return response;
                }
                lastError = new Error(`HTTP ${response.status}`);
            } catch (error) {
                lastError = error;
            }
            // Whichever node is current by now.
            this.markNodeAsFailed(this.currentNodeIndex);
            this.currentNodeIndex = this.getNextHealthyNode();
        }
        throw lastError;
    }

    private async fetchWithTimeout(url: string, options: RequestInit, limitMs: number): Promise<Response> {
        const controller = new AbortController();
        const timer = setTimeout(() => controller.abort(), limitMs);
        try {
            return await fetch(url, {
                ...options,
                headers: { ...this.authHeaders(), ...options.headers },
                signal: controller.signal,
            });
        } finally {
            clearTimeout(timer);
        }
    }

    private authHeaders(): Record<string, string> {
        const token = localStorage.getItem('token');
        return token ? { Authorization: `Bearer ${token}` } : {};
    }

    private markNodeAsFailed(index: number): void {
        this.failedNodes.add(index);
        console.warn(`node ${ALL_API_NODES[index]} failed`);
        if (this.failedNodes.size === ALL_API_NODES.length) {
            this.failedNodes.clear();
        }
    }

    private getNextHealthyNode(): number {
        for (let step = 1; step <= ALL_API_NODES.length; step++) {
            const index = (this.currentNodeIndex + step) % ALL_API_NODES.length;
            if (!this.failedNodes.has(index)) {
                return index;
            }
        }
        return this.currentNodeIndex;
    }

    private performHealthCheckIfDue(): void {
        const now = Date.now();
        if (now - this.lastHealthCheck >= HEALTH_CHECK_INTERVAL_MS) {
            this.lastHealthCheck = now;
            void this.performHealthCheck();
        }
    }

    private async performHealthCheck(): Promise<void> {
        for (const index of [...this.failedNodes]) {
            try {
                const url = `${ALL_API_NODES[index]}/api/health`;
                const response = await this.fetchWithTimeout(url, {}, HEALTH_CHECK_TIMEOUT_MS);
                if (response.ok) {
                    this.failedNodes.delete(index);
                }
            } catch {
                // still failed
            }
        }
    }

    // ---- for the monitor ----

    async getNodesHealthStatus(): Promise<NodeHealth[]> {
        return ALL_API_NODES.map((url, index) => ({
            index,
            url,
            isHealthy: !this.failedNodes.has(index),
            isCurrent: index === this.currentNodeIndex,
        }));
    }

    switchToNode(index: number): boolean {
        if (index < 0 || index >= ALL_API_NODES.length) {
            return false;
        }
        this.currentNodeIndex = index;
        this.failedNodes.delete(index);
        return true;
    }

    resetFailedNodes(): void {
        this.failedNodes.clear();
    }

    // ---- what components call ----

    async getRaftStatus(): Promise<unknown> {
        return (await this.fetchWithFailover('/api/raft/status')).json();
    }

    async createReservation(reservation: object): Promise<unknown> {
        const body = JSON.stringify(reservation);
        const headers = { 'Content-Type': 'application/json' };
        return (await this.fetchWithFailover('/api/reservations', { method: 'POST', headers, body })).json();
    }

    // A stream stays with its node: the browser reconnects to the same address.
    openEventStream(endpoint: string): EventSource {
        return new EventSource(ALL_API_NODES[this.currentNodeIndex] + endpoint);
    }
}

export const apiService = new ApiService();
