/** The metrics and labels that apps expose, and what tells instances apart. */

/** The histogram of requests, named by the conventions of OpenTelemetry for HTTP servers. */
export const REQUESTS = 'http_server_request_duration_seconds'
export const HANDLERS = 'restify_handler_duration_seconds'
/** For how long handlers held the event loop. */
export const BUSY = 'restify_handler_busy_seconds'

export const METHOD = 'http_request_method'
export const ROUTE = 'http_route'
export const STATUS = 'http_response_status_code'
export const HANDLER = 'handler'
export const LOCATION = 'location'

/** What tells one process from another: Prometheus gives `instance`, Kubernetes' configurations `pod`, and an exporter of a whole host `pid`. */
export const INSTANCE_LABELS = ['instance', 'pod', 'pid'] as const
