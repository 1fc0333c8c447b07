import type { FinishedHandler, FinishedRequest } from '../figures/request'
import { REDACTED } from './redacted'
import { Redaction } from './redaction'

/**
 * The names that the command hides by itself, whether the app asked for it or not: names that carry credentials by
 * a standard, or by wide use. An app names its own in the option `redact`.
 */
const HEADERS = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'api-key',
  'x-auth-token',
  'x-access-token',
  'x-csrf-token',
  'x-xsrf-token',
  'x-amz-security-token',
  'x-goog-iap-jwt-assertion'
]
const PARAMETERS = [
  'access_token',
  'refresh_token',
  'id_token',
  'token',
  'auth',
  'auth_token',
  'jwt',
  'api_key',
  'apikey',
  'api-key',
  'client_secret',
  'secret',
  'password',
  'passwd',
  'pwd',
  'sig',
  'signature',
  'x-amz-signature',
  'x-amz-credential',
  'x-amz-security-token',
  'x-goog-signature',
  'jsessionid',
  'phpsessid',
  'sessionid',
  'session_id',
  'sid'
]

export const CREDENTIALS = new Redaction([...HEADERS, ...PARAMETERS.map((name) => `?${name}`)], {
  userInfo: true
})

/** A text that may hold URLs, without the credentials in them. */
export function withoutCredentials(text: string): string {
  return CREDENTIALS.text(text)
}

/** A request as the command may show it. */
export function requestWithoutCredentials(request: FinishedRequest): FinishedRequest {
  const url = CREDENTIALS.url(request.url)
  const { requestHeaders, responseHeaders, handlers } = request
  const call = handlers.some(({ calls = [] }) => calls.length > 0)
  if (url === request.url && requestHeaders === undefined && responseHeaders === undefined && !call)
    return request
  return {
    ...request,
    url,
    ...(call ? { handlers: handlers.map(handlerWithoutCredentials) } : {}),
    ...(requestHeaders === undefined ? {} : { requestHeaders: headersWithoutCredentials(requestHeaders) }),
    ...(responseHeaders === undefined ? {} : { responseHeaders: headersWithoutCredentials(responseHeaders) })
  }
}

/** Calls have no query, but may have parameters in their paths. */
function handlerWithoutCredentials(handler: FinishedHandler): FinishedHandler {
  if (handler.calls === undefined) return handler
  return { ...handler, calls: handler.calls.map((call) => ({ ...call, path: CREDENTIALS.url(call.path) })) }
}

/** @param json - of an object; what is none holds nothing that anybody could read */
function headersWithoutCredentials(json: string): string {
  try {
    const headers = JSON.parse(json) as Record<string, unknown>
    const shown = Object.entries(headers).map(([name, value]) => [name, CREDENTIALS.header(name, value)])
    return JSON.stringify(Object.fromEntries(shown))
  } catch {
    return '{}'
  }
}

/** The name of an option, a variable or a field whose value is a secret: `--db-password`, `API_KEY`. */
const SECRET_NAME =
  /(?:pass(?:word|wd|phrase)?|secret|token|credentials?|api[-_]?key|access[-_]?key|private[-_]?key|signing[-_]?key|auth)$/i
const OPTION = /^(-{0,2}[A-Za-z][\w.-]*)=(.+)$/s

/** A command line as other people may see it: `--token=[redacted]`, `postgres://app:[redacted]@db/shop`. */
export function commandWithoutSecrets(command: readonly string[]): string[] {
  return command.map((argument, index) => {
    const before = command[index - 1] ?? ''
    if (before.startsWith('-') && SECRET_NAME.test(before) && !argument.startsWith('-')) return REDACTED
    const [, name, value] = OPTION.exec(argument) ?? []
    if (name !== undefined && value !== undefined && SECRET_NAME.test(name)) return `${name}=${REDACTED}`
    return withoutCredentials(argument)
  })
}
