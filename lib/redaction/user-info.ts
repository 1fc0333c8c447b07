import { REDACTED } from './redacted'

/** A part of a URL up to its end: WHATWG's parser takes a backslash for a slash. */
const PART = /[^/?#\\]+/g

/** The end of what stands before an authority, such as `http://`; that parser takes any number of slashes. */
const BEFORE_AUTHORITY = /[/\\]{2}$|:[/\\]$/
const BEFORE_WEB_AUTHORITY = /(?:https?|wss?):[/\\]+$/i

/** The schemes that need no slash before their authority: `http:user:password@host`. */
const WITHOUT_SLASHES = /(?:https?|wss?|ftp):/i

/** The part before an authority that is looked at, in characters. */
const LOOK_BACK = 20

/**
 * A text that may hold URLs, without the passwords in their authorities: `postgres://app:[redacted]@db/shop`. On the web
 * a user's name is often the secret itself, as in `https://TOKEN@host/`, and goes too.
 */
export function withoutUserInfo(text: string): string {
  return text.includes('@') ? text.replace(PART, (part, at: number) => inPart(text, part, at)) : text
}

function inPart(text: string, part: string, at: number): string {
  // Only the last at sign ends it: a password may have one in it.
  const end = part.lastIndexOf('@')
  if (end <= 0) return part
  const before = text.slice(Math.max(0, at - LOOK_BACK), at)
  const bare = BEFORE_AUTHORITY.test(before) ? null : WITHOUT_SLASHES.exec(part)
  if (bare === null && !BEFORE_AUTHORITY.test(before)) return part
  const start = bare === null ? 0 : bare.index + bare[0].length
  if (start >= end) return part
  const isWeb = bare !== null || BEFORE_WEB_AUTHORITY.test(before)
  return part.slice(0, start) + hidden(part.slice(start, end), isWeb) + part.slice(end)
}

function hidden(userInfo: string, isWeb: boolean): string {
  if (isWeb) return REDACTED
  const colon = userInfo.indexOf(':')
  return colon === -1 ? userInfo : `${userInfo.slice(0, colon)}:${REDACTED}`
}
