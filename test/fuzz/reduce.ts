import type { Case } from './model'

/** The most checks: a case that fails by chance might go on for ever. */
const LIMIT = 2000

/**
 * Makes a failing case smaller for as long as it fails: fast-check's own
 * shrinking keeps the shape of the tree, this takes a router away from around
 * what is in it.
 */
export async function reduce(failing: Case, fails: (smaller: Case) => Promise<boolean>): Promise<Case> {
  let smallest = failing
  let left = LIMIT
  search: while (left > 0) {
    for (const smaller of smallerCases(smallest)) {
      if (left-- === 0) break
      if (!(await fails(smaller))) continue
      smallest = smaller
      continue search
    }
    break
  }
  return smallest
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

function* smallerCases(played: Case): Generator<Case> {
  const { framework: _, ...rest } = played
  for (const smaller of smallerValues(rest as unknown as Json)) {
    // A use, a route and a group without anything in them would be something else.
    if (!/"(handlers|verbs|requests|groups)":\[\]/.test(JSON.stringify(smaller)))
      yield { ...(smaller as unknown as Case), framework: played.framework }
  }
}

/** The larger steps first. */
function* smallerValues(value: Json): Generator<Json> {
  if (Array.isArray(value)) yield* smallerArrays(value)
  else if (typeof value === 'object' && value !== null) yield* smallerObjects(value)
  else if (value === true) yield false
  else if (typeof value === 'number' && value > 0) yield 0
}

function* smallerArrays(array: Json[]): Generator<Json> {
  for (let at = 0; at < array.length; at++) {
    yield array.toSpliced(at, 1)
    const inner = itemsOf(array[at] as Json)
    if (inner !== null) yield array.toSpliced(at, 1, ...inner)
  }
  for (const [at, element] of array.entries())
    for (const smaller of smallerValues(element)) yield array.with(at, smaller)
}

/** The items in a router that is mounted. */
function itemsOf(item: Json): Json[] | null {
  const router = isObject(item) && 'router' in item ? item.router : null
  return isObject(router) && Array.isArray(router.items) ? router.items : null
}

function* smallerObjects(object: { [key: string]: Json }): Generator<Json> {
  for (const key of ['again', 'name', 'paths']) {
    const value = object[key]
    if (value === undefined || value === null) continue
    // Routes have a path in any case.
    if (!(key === 'paths' && object.kind === 'route')) yield { ...object, [key]: null }
    if (key === 'paths' && value !== '/a') yield { ...object, [key]: '/a' }
  }
  const { steps } = object
  if (Array.isArray(steps) && steps.length > 0 && JSON.stringify(steps) !== '["next"]')
    yield { ...object, steps: ['next'] }
  if (typeof object.url === 'string' && 'leaves' in object) {
    const { url } = object
    const shorter = [url.replace(/[^/]*\/?$/, '') || '/', url.replace(/^\/[^/]+(?=\/)/, '')]
    for (const other of shorter) if (other !== url) yield { ...object, url: other }
  }
  if (object.method !== undefined && object.method !== 'GET' && 'leaves' in object)
    yield { ...object, method: 'GET' }
  for (const [key, value] of Object.entries(object)) {
    if (key === 'name') continue
    for (const smaller of smallerValues(value)) yield { ...object, [key]: smaller }
  }
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
