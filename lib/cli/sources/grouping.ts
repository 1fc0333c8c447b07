import type { FinishedRequest } from '../../figures/request'
import { headerValues, queryOf } from '../../figures/wanted'
import type { Arguments } from '../arguments'
import { line, type Printable, printable } from '../printable'
import { headersIn } from './wanted'

/** A header or a query parameter by whose values requests are grouped. */
export interface Grouping {
  kind: 'header' | 'query'
  name: string
}

/** Gives the headers and parameters that were asked for by name only. */
export function groupingsIn({ headers, query }: Pick<Arguments, 'headers' | 'query'>): Grouping[] {
  const named = (kind: Grouping['kind'], all: Arguments['headers']) =>
    all.filter(([, value]) => value === null).map(([name]) => ({ kind, name }))
  return [...named('header', headers), ...named('query', query)]
}

export function groupingTitle({ kind, name }: Grouping): Printable {
  return kind === 'header' ? printable(name) : line`?${printable(name)}`
}

/** A request's value; several are joined. */
export function valueIn({ url, requestHeaders }: FinishedRequest, { kind, name }: Grouping): string {
  const values = kind === 'header' ? headerValues(headersIn(requestHeaders), name) : queryOf(url).getAll(name)
  return values.join(', ')
}
