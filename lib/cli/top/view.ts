import { SORTS, type Sort } from '../../figures/rates'
import { printable } from '../printable'
import type { Key } from '../terminal/key-decoder'

/** A view is what somebody has chosen to see. It is never changed, but replaced. */
export interface View {
  readonly page: 'table' | 'route'
  /** Whether the help is shown in place of the page. */
  readonly help: boolean
  readonly sort: Sort
  /** The route that is selected, by its name in the probes; undefined for whichever is first. */
  readonly selected: string | undefined
  /** A text that the routes which are shown have. */
  readonly filter: string
  /** Whether the filter is being typed. */
  readonly typing: boolean
  readonly paused: boolean
}

/** The rows that are shown, which keys are about. */
export interface ShownRows {
  /** Routes by their names in the probes, in the table's order. */
  readonly routes: readonly string[]
  /** The number of routes on a page. */
  readonly page: number
}

/** The most characters of a filter. */
const MAX_FILTER = 60

export function startView(sort: Sort): View {
  return {
    page: 'table',
    help: false,
    sort,
    selected: undefined,
    filter: '',
    typing: false,
    paused: false
  }
}

/** The place of the selected route among those that are shown; 0 where it is not among them. */
export function selectedIndex({ selected }: View, routes: readonly string[]): number {
  return selected === undefined ? 0 : Math.max(0, routes.indexOf(selected))
}

/** @returns what is to be seen once a key was pressed, or `quit` */
export function afterKey(view: View, key: Key, rows: ShownRows): View | 'quit' {
  if (key.name === 'ctrl-c' || key.name === 'ctrl-d') return 'quit'
  if (view.typing) return afterTyping(view, key)
  if (key.name === 'q') return 'quit'
  if (view.help) return { ...view, help: false }
  return ACTIONS[key.name]?.(view, rows) ?? view
}

type Action = (view: View, rows: ShownRows) => View

const up: Action = (view, rows) => moved(view, rows, -1)
const down: Action = (view, rows) => moved(view, rows, 1)
const sortLeft: Action = (view) => sortedByNext(view, -1)
const sortRight: Action = (view) => sortedByNext(view, 1)
const pause: Action = (view) => ({ ...view, paused: !view.paused })
const help: Action = (view) => ({ ...view, help: true })

const ACTIONS: Record<string, Action | undefined> = Object.assign(Object.create(null), {
  up,
  k: up,
  down,
  j: down,
  pageup: (view, rows) => moved(view, rows, -rows.page),
  pagedown: (view, rows) => moved(view, rows, rows.page),
  home: (view, rows) => moved(view, rows, Number.NEGATIVE_INFINITY),
  end: (view, rows) => moved(view, rows, Number.POSITIVE_INFINITY),
  left: sortLeft,
  '<': sortLeft,
  right: sortRight,
  '>': sortRight,
  enter: (view, { routes }) => {
    const selected = routes[selectedIndex(view, routes)]
    return selected === undefined ? view : { ...view, page: 'route', selected }
  },
  escape: (view) => (view.page === 'route' ? { ...view, page: 'table' } : { ...view, filter: '' }),
  '/': (view) => ({ ...view, page: 'table', typing: true }),
  '?': help,
  h: help,
  ' ': pause,
  p: pause,
  ...Object.fromEntries(
    Object.entries(SORTS).map(([sort, { key }]) => [key, (view) => ({ ...view, sort: sort as Sort })])
  )
} satisfies Record<string, Action>)

function moved(view: View, { routes }: ShownRows, by: number): View {
  const last = routes.length - 1
  if (last < 0) return view
  const index = Math.min(last, Math.max(0, selectedIndex(view, routes) + by))
  return { ...view, selected: routes[index] }
}

function sortedByNext(view: View, by: 1 | -1): View {
  if (view.page === 'route') return view
  const sorts = Object.keys(SORTS) as Sort[]
  const index = Math.min(sorts.length - 1, Math.max(0, sorts.indexOf(view.sort) + by))
  return { ...view, sort: sorts[index] as Sort }
}

function afterTyping(view: View, { name, text }: Key): View {
  switch (name) {
    case 'enter':
      return { ...view, typing: false }
    case 'escape':
      return { ...view, typing: false, filter: '' }
    case 'backspace':
      return { ...view, filter: [...view.filter].slice(0, -1).join('') }
    case 'ctrl-u':
      return { ...view, filter: '' }
    case 'ctrl-w':
      return { ...view, filter: view.filter.replace(/\S+\s*$/, '') }
    default:
      return { ...view, filter: withTyped(view.filter, text ?? (isCharacter(name) ? name : '')) }
  }
}

function isCharacter(name: string): boolean {
  return [...name].length === 1
}

/** A filter takes one line of what is typed or pasted, and no character that can't be shown. */
function withTyped(filter: string, typed: string): string {
  const [line = ''] = typed.split(/[\r\n]/)
  const shown = [...line].filter((character) => printable(character) === character)
  return [...filter, ...shown].slice(0, MAX_FILTER).join('')
}
