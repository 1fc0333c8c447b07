// The time in which we find the same route, in a process of its own: node ours.mjs express flat 1000
import { answering } from '../support/answering.mjs'
import { internal } from '../support/probes.mjs'
import { fastest } from './fastest.mjs'
import { routesOf } from './routes.mjs'

const { NameTable } = internal('provider/names')
const { LayerInfos } = internal('routing/layer-info')
const { Locations } = internal('routing/locations')
const { RouteNaming } = internal('routing/route-naming')
const { Routing } = internal('routing/routing')
const { RouteSearch } = internal('routing/search')
const { RouteTable } = internal('routing/routes-option')

const [release, shape, size] = process.argv.slice(2)
const { stack, first, url } = routesOf(release, shape, Number(size), function reached() {})

let tokens = 0
const names = new NameTable(() => tokens++)
const naming = new RouteNaming(names, new RouteTable({}))
const context = new Routing(new LayerInfos(names, new Locations(names))).contextFor(naming)
const session = { ended: false, onEnd() {} }
const req = { method: 'GET', url }

function find() {
  const found = new RouteSearch(context, session, first, 'GET', url).in(stack.stack, url, context.root)
  return naming.ofRoute(found, req).name
}

answering({
  /** Nanoseconds of a search, with the name of what it finds. */
  round: () => fastest(find)
})
