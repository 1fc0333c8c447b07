import fc from 'fast-check'
import {
  type Case,
  type Framework,
  type Group,
  type Handler,
  type Item,
  METHODS,
  type Mount,
  type Path,
  type Paths,
  type Probes,
  type Request,
  type Route,
  type Router,
  type Step,
  type Switch,
  type Use,
  type Verb
} from './model'
import { pathsOf, urlsOf } from './paths'

/** The depth to which routers lie in routers. */
const DEPTH = 3

/** Names that frameworks give functions of their own. */
const TAKEN_NAMES = ['router', 'query', 'handle', 'next', 'app', 'restifyProbes', 'bound dispatch']

/** An arbitrary of `many` chances in ten, else of the other, to which it shrinks. */
function mostly<T>(many: number, usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof(
    { withCrossShrink: true },
    { arbitrary: usual, weight: many },
    { arbitrary: other, weight: 10 - many }
  )
}

const chance = (inTen: number): fc.Arbitrary<boolean> =>
  mostly(10 - inTen, fc.constant(false), fc.constant(true))

/** Makes all that may be in the apps of one framework. */
class Generator {
  readonly #framework: Framework
  readonly #path: fc.Arbitrary<Path>
  readonly #paths: fc.Arbitrary<Paths>
  readonly #step: fc.Arbitrary<Step>

  constructor(framework: Framework) {
    this.#framework = framework
    this.#path = fc.constantFrom(...pathsOf(framework))
    const array = fc.array(this.#path, { minLength: 1, maxLength: 3 })
    const some = this.#isConnect ? this.#path : mostly<Path | Path[]>(8, this.#path, array)
    this.#paths = mostly<Paths>(4, fc.constant(null), some)
    this.#step = this.#makeStep()
  }

  get #isConnect(): boolean {
    return this.#framework === 'connect'
  }

  case(): fc.Arbitrary<Case> {
    const wanted = fc.record({
      app: fc.record({
        probes: mostly(9, fc.constant(true), fc.constant(false)),
        root: this.#router(DEPTH, 8)
      }),
      spelled: chance(5),
      groups: fc.array(this.#group(), { minLength: 1, maxLength: 3 })
    })
    return wanted.map(({ app: { probes, root }, spelled, groups }) => {
      const first: Probes[] = probes ? [{ kind: 'probes' }] : []
      const app = { ...root, items: [...first, ...root.items] }
      // Shared objects of fast-check's are made separate.
      return JSON.parse(
        JSON.stringify({
          framework: this.#framework,
          app,
          spelled,
          groups: groups.map((group) => ({
            ...group,
            requests: group.requests.map((aim) => this.#shoot(app, aim))
          }))
        })
      )
    })
  }

  #makeStep(): fc.Arbitrary<Step> {
    const url = fc.constantFrom('/a', '/b', '/a/b', '/7', '/a/7?x=1', '/').map((url) => ({ url }))
    const method = fc.constantFrom('GET', 'POST', 'HEAD').map((method) => ({ method }))
    const passing = this.#isConnect
      ? fc.constantFrom<Step>('next', 'error')
      : fc.constantFrom<Step>('next', 'error', 'route', 'router', 'req.next')
    return fc.oneof(
      { withCrossShrink: true },
      { arbitrary: passing, weight: 10 },
      { arbitrary: fc.constant<Step>('answer'), weight: 4 },
      { arbitrary: fc.constant<Step>('wait'), weight: 6 },
      { arbitrary: fc.constantFrom<Step>('throw', 'write', 'destroy'), weight: 4 },
      { arbitrary: fc.constantFrom<Step>('on', 'off'), weight: 1 },
      { arbitrary: fc.oneof<[fc.Arbitrary<Step>, fc.Arbitrary<Step>]>(url, method), weight: 3 }
    )
  }

  /** @param passes - how often, in ten, it just passes on */
  #handler(passes: number, errors: number): fc.Arbitrary<Handler> {
    const name = mostly<Handler['name']>(
      6,
      fc.constant(true),
      mostly<Handler['name']>(8, fc.constant(null), fc.constantFrom(...TAKEN_NAMES))
    )
    const ends = mostly<Step[]>(
      5,
      fc.constant(['answer']),
      mostly<Step[]>(
        3,
        fc.constantFrom<Step[]>(['wait', 'next'], ['wait', 'answer'], ['error']),
        fc.array(this.#step, { maxLength: 4 })
      )
    )
    const passing = mostly<Step[]>(8, fc.constant(['next']), fc.constant(['wait', 'next']))
    const steps = mostly<Step[]>(passes, passing, ends)
    return fc.record({ name, error: chance(errors), async: chance(2), steps })
  }

  #handlers(passes: number, errors: number): fc.Arbitrary<Handler[]> {
    return fc.array(this.#handler(passes, errors), { minLength: 1, maxLength: 3 })
  }

  #use(): fc.Arbitrary<Use> {
    return fc.record({
      kind: fc.constant('use' as const),
      paths: this.#paths,
      handlers: this.#handlers(8, 3)
    })
  }

  #verb(): fc.Arbitrary<Verb> {
    return fc.record({
      method: mostly<Verb['method']>(6, fc.constant('get'), fc.constantFrom(...METHODS, 'all' as const)),
      name: mostly<Verb['name']>(8, fc.constant(null), fc.constantFrom('GetFoo', 'put_bar')),
      handlers: this.#handlers(4, 1)
    })
  }

  #route(): fc.Arbitrary<Route> {
    return fc.record({
      kind: fc.constant('route' as const),
      paths: mostly<Path | Path[]>(8, this.#path, fc.array(this.#path, { minLength: 1, maxLength: 3 })),
      chained: chance(3),
      verbs: fc.array(this.#verb(), { minLength: 1, maxLength: 3 })
    })
  }

  #mount(depth: number): fc.Arbitrary<Mount> {
    const again = fc.record({ paths: this.#paths, in: fc.constantFrom('same' as const, 'root' as const) })
    return fc.record({
      kind: this.#isConnect
        ? fc.constant('app' as const)
        : mostly<Mount['kind']>(7, fc.constant('router'), fc.constant('app')),
      paths: this.#paths,
      again: mostly<Mount['again']>(8, fc.constant(null), again),
      router: this.#router(depth - 1, 4)
    })
  }

  #router(depth: number, items: number): fc.Arbitrary<Router> {
    return fc.record({
      mergeParams: chance(2),
      strict: chance(2),
      caseSensitive: chance(2),
      items: fc.array(this.#item(depth), { maxLength: items, size: 'medium' })
    })
  }

  #item(depth: number): fc.Arbitrary<Item> {
    const kinds: { arbitrary: fc.Arbitrary<Item>; weight: number }[] = [{ arbitrary: this.#use(), weight: 4 }]
    if (!this.#isConnect) {
      const param = fc.record({
        kind: fc.constant('param' as const),
        name: fc.constantFrom('p', 'q'),
        steps: mostly<Step[]>(7, fc.constant(['next']), fc.constantFrom<Step[]>(['wait', 'next'], ['error']))
      })
      kinds.push({ arbitrary: this.#route(), weight: 5 }, { arbitrary: param, weight: 0.5 })
    }
    if (depth > 0) kinds.push({ arbitrary: this.#mount(depth), weight: 3 })
    kinds.push({ arbitrary: fc.constant({ kind: 'probes' }), weight: 0.3 })
    // Weights are whole numbers.
    const weighted = kinds.map(({ arbitrary, weight }) => ({ arbitrary, weight: weight * 10 }))
    return fc.oneof({ withCrossShrink: true }, ...weighted)
  }

  #group(): fc.Arbitrary<AimedGroup> {
    const switches = fc.array(fc.constantFrom<Switch>('on', 'off'), { maxLength: 3 })
    return fc.record({
      before: mostly<Switch[]>(8, fc.constant(['on']), switches),
      during: mostly<Switch[]>(8, fc.constant([]), fc.constantFrom<Switch[]>(['off'], ['on'], ['off', 'on'])),
      turns: fc.nat(40),
      requests: fc.array(aim, { minLength: 1, maxLength: 8 })
    })
  }

  /** The request that goes where the aim's picks lead in the app. */
  #shoot(app: Router, { picks, tail, method, leaves }: Aim): Request {
    let url = ''
    let router: Router | null = app
    for (let at = 0; router !== null && at < picks.length; at++) {
      const pick = picks[at] as number
      const targets: Item[] = router.items.filter((item) => 'paths' in item)
      const target = targets[pick % targets.length]
      if (target === undefined || !('paths' in target)) break
      const paths = [target.paths ?? []].flat()
      const path = paths[pick % paths.length]
      if (path !== undefined) {
        const urls = urlsOf(this.#framework, path)
        const part = urls[pick % urls.length] as string
        url = url.endsWith('/') && part.startsWith('/') ? url + part.slice(1) : url + part
      }
      router = 'router' in target ? target.router : null
    }
    url += tail
    return { method, url: url[0] === '/' ? url : `/${url}`, leaves }
  }
}

/** A group of requests before it is known what there is to hit. */
type AimedGroup = Omit<Group, 'requests'> & { requests: Aim[] }

/** A request before it is known what there is to hit. */
interface Aim {
  /** The item to take of each router on the way, and how to spell its path. */
  picks: number[]
  tail: string
  method: string
  leaves: boolean
}

const aim: fc.Arbitrary<Aim> = fc.record({
  picks: fc.array(fc.nat(30), { minLength: 1, maxLength: DEPTH + 2 }),
  tail: mostly(7, fc.constant(''), fc.constantFrom('/', '?x=1', '/a', '/b', '.a', '/7', '//', '/%ff')),
  method: mostly(7, fc.constant('GET'), fc.constantFrom('POST', 'HEAD', 'OPTIONS')),
  leaves: chance(1)
})

export function cases(framework: Framework): fc.Arbitrary<Case> {
  return new Generator(framework).case()
}
