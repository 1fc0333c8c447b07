import restifyProbes from './index.js'

export default restifyProbes
export const { route, requestId, status } = restifyProbes
export type Options = restifyProbes.Options
export type Middleware = restifyProbes.Middleware
export type Status = restifyProbes.Status
export type RouteStartMessage = restifyProbes.RouteStartMessage
export type HandlerMessage = restifyProbes.HandlerMessage
export type RouteDoneMessage = restifyProbes.RouteDoneMessage
