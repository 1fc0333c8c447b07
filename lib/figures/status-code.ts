/**
 * The status of a request whose connection closed before the client was sent all of the response, as nginx logs it and
 * restify reports it since release 7 (contract rule 9).
 */
export const CLIENT_CLOSED_REQUEST = 444

/** The lowest status with which a server says that it failed. */
export const SERVER_ERROR = 500

/** Whether a status counts as an error: the server failed, or the client did not wait for the response. */
export function isError(status: number): boolean {
  return status >= SERVER_ERROR || status === CLIENT_CLOSED_REQUEST
}
