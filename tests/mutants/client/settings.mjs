// What the client goes by: the options of `start`, and what is sensible where they are silent. Times in milliseconds.

const DEFAULTS = {
  request_deadline: 4500,
  attempt_timeout: 1500,
  connect_timeout: 500,
  order: 'primary-first',
  slow_start: null,
  failback: 'immediate',
  failover_on: ['connect', 'reset', 'timeout', '5xx'],
  eject_after: 1,
  eject_for: 1000,
  eject_for_max: 30000,
  breaker: null,
  hedge: null,
  health_check: {path: '/api/health', interval: 1000, timeout: 500, fall: 2, rise: 2, jitter: 0.1, nodes: 'all'},
  retry: {attempts: 3, methods: 'idempotent', budget: null, backoff: null, idempotency_key: false},
  keepalive: true,
};

export function settingsFrom(options = {}) {
  const settings = {...DEFAULTS, ...options};
  for (const part of ['health_check', 'retry']) {
    settings[part] = options[part] === null ? null : {...DEFAULTS[part], ...options[part]};
  }
  settings.retry ??= {...DEFAULTS.retry, attempts: 1};
  settings.connect_timeout ??= settings.attempt_timeout ?? Infinity;
  settings.request_deadline ??= Infinity;
  settings.attempt_timeout ??= Infinity;
  settings.eject_after ??= Infinity;
  settings.spreads = settings.order !== 'primary-first';
  return settings;
}
