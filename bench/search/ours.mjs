// The time in which we find the same route, in a process of its own: node ours.mjs express flat 1000
import { answering } from '../support/answering.mjs'
import { internal } from '../support/probes.mjs'
import { fastest } from './fastest.mjs'
import { routesOf } from './routes.mjs'

const { NameTable } = internal('provider/names')
const { Interceptor } = internal('routing/intercept')
const { Mount } = internal('routing/mount')
const { Naming } = internal('routing/naming')
const { Roles } = internal('routing/roles')
const { nameOf, RouteSearch } = internal('routing/search')

const [release, shape, size] = process.argv.slice(2)
const { stack, first, url } = routesOf(release, shape, Number(size), function reached() {})

let tokens = 0
const names = new NameTable(() => tokens++)
const roles = new Roles(names)
const interceptor = new Interceptor(roles)
const root = new Mount(new Naming(names))
const session = { ended: false, onEnd() {} }

function find() {
  const found = new RouteSearch(roles, 'GET', first, url, interceptor, session).in(stack.stack, url, root)
  return nameOf(found).name
}

answering({
  /** Nanoseconds of a search, with the name of what it finds. */
  round: () => fastest(find)
})
