import type { Ask } from './traffic'

/** An app, what was planted in it, and who asks it for what beside ordinary requests. */
export interface Case {
  /** Its file in test/why/apps. */
  app: string
  /** The kind of cause, in words. */
  planted: string
  /** The kind by which the command is to call it; undefined where nothing is wrong. */
  kind?: 'blocks' | 'collects' | 'waits'
  /** Whether no handler is to blame. */
  outside?: true
  /** The trait that slow requests are to be said to have in common, where one was planted. */
  common?: { kind: string; name?: string; value?: string }
  /** The number of processes that listen, where there are several. */
  workers?: number
  /** Whether runs are to be said to wait for each other. */
  inTurn?: true
  asks: Ask[]
}

function ask(rate: number, path: Ask['path'], rest: Omit<Ask, 'rate' | 'path'> = {}): Ask {
  return { rate, path, ...rest }
}

function post(rate: number, path: string, body: unknown = {}, headers: Record<string, string> = {}): Ask {
  return { rate, path, method: 'POST', body: JSON.stringify(body), headers }
}

function one<T>(...choices: T[]): T {
  return choices[Math.floor(Math.random() * choices.length)] as T
}

function number(below: number): number {
  return Math.floor(Math.random() * below)
}

const WORDS = ['red', 'green', 'small', 'large', 'round', 'new']

export const CASES: readonly Case[] = [
  {
    app: 'regexp-query.cjs',
    planted: 'blocking regexp',
    kind: 'blocks',
    common: { kind: 'query', name: 'text' },
    asks: [
      ask(15, () => `/validate?text=${one(...WORDS)}+${one(...WORDS)}`),
      ask(4, () => `/validate?text=${'a'.repeat(22 + number(2))}!`)
    ]
  },
  {
    app: 'regexp-body.cjs',
    planted: 'blocking regexp',
    kind: 'blocks',
    common: { kind: 'request size' },
    asks: [
      post(12, '/accounts/signup', { name: 'anna' }),
      post(8, '/accounts/signup', { name: 'bob2' }),
      post(4, '/accounts/signup', { name: `${'a'.repeat(24)}!` })
    ]
  },
  {
    app: 'regexp-param.mjs',
    planted: 'blocking regexp',
    kind: 'blocks',
    common: { kind: 'parameter', name: 'slug' },
    asks: [ask(15, () => `/pages/${one(...WORDS)}`), ask(3, `/pages/${'a'.repeat(24)}_`)]
  },
  {
    app: 'sort-relevance.cjs',
    planted: 'slow query parameter',
    kind: 'blocks',
    common: { kind: 'query', name: 'sort', value: 'relevance' },
    asks: [
      ask(15, () => `/search?q=${one(...WORDS)}&sort=${one('price', 'name')}`),
      ask(3, () => `/search?q=${one(...WORDS)}&sort=relevance`)
    ]
  },
  {
    app: 'expand-all.cjs',
    planted: 'slow query parameter',
    kind: 'waits',
    common: { kind: 'query', name: 'expand', value: 'all' },
    asks: [
      ask(15, '/orders'),
      ask(5, '/orders?expand=none'),
      ask(5, () => `/orders?page=${number(20)}&expand=all`)
    ]
  },
  {
    app: 'limit.cjs',
    planted: 'slow query parameter',
    kind: 'blocks',
    common: { kind: 'query', name: 'limit' },
    asks: [
      ask(15, () => `/api/export?limit=${10 + number(90)}`),
      ask(4, () => `/api/export?limit=${4000 + number(2000)}`)
    ]
  },
  {
    app: 'from-date.mjs',
    planted: 'slow query parameter',
    kind: 'waits',
    common: { kind: 'query', name: 'from' },
    asks: [
      ask(15, () => `/events?page=${number(9)}`),
      ask(5, () => `/events?from=2026-01-${10 + number(18)}`)
    ]
  },
  {
    app: 'tenant-header.cjs',
    planted: 'one tenant',
    kind: 'waits',
    common: { kind: 'header', name: 'x-tenant', value: 'acme' },
    asks: [
      ...['globex', 'initech', 'umbrella'].map((tenant) =>
        ask(6, '/invoices', { headers: { 'x-tenant': tenant } })
      ),
      ask(5, '/invoices', { headers: { 'x-tenant': 'acme' } })
    ]
  },
  {
    app: 'tenant-param.cjs',
    planted: 'one tenant',
    kind: 'blocks',
    common: { kind: 'parameter', name: 'tenant', value: 'globex' },
    asks: [
      ask(15, () => `/tenants/${one('acme', 'initech', 'umbrella')}/report?at=${number(1000)}`),
      ask(4, () => `/tenants/globex/report?at=${number(1000)}`)
    ]
  },
  {
    app: 'tenant-host.cjs',
    planted: 'one tenant',
    kind: 'waits',
    common: { kind: 'header', name: 'host', value: 'initech.example' },
    asks: [
      ask(15, '/items', { headers: { host: 'acme.example' } }),
      ask(4, '/items', { headers: { host: 'initech.example' } }),
      ask(2, '/items/7', { headers: { host: 'initech.example' } })
    ]
  },
  {
    app: 'worker-waits.cjs',
    workers: 3,
    planted: 'one worker',
    kind: 'waits',
    common: { kind: 'worker' },
    asks: [ask(25, () => `/profile?at=${number(1000)}`)]
  },
  {
    app: 'worker-blocks.cjs',
    workers: 3,
    planted: 'one worker',
    kind: 'blocks',
    common: { kind: 'worker' },
    asks: [ask(20, '/catalog')]
  },
  {
    app: 'worker-middleware.cjs',
    workers: 2,
    planted: 'one worker',
    kind: 'waits',
    common: { kind: 'worker' },
    asks: []
  },
  {
    app: 'garbage-handler.cjs',
    planted: 'garbage collection',
    kind: 'collects',
    asks: [ask(3, '/snapshot')]
  },
  {
    app: 'garbage-cache.cjs',
    planted: 'garbage collection',
    kind: 'collects',
    asks: [ask(3, '/recommendations')]
  },
  {
    app: 'garbage-middleware.cjs',
    planted: 'garbage collection',
    kind: 'collects',
    asks: [ask(5, '/admin/users')]
  },
  { app: 'awaits.cjs', planted: 'serialised awaits', kind: 'waits', asks: [ask(10, '/dashboard')] },
  {
    app: 'awaits-include.cjs',
    planted: 'serialised awaits',
    kind: 'waits',
    common: { kind: 'query', name: 'include' },
    asks: [
      ask(15, () => `/articles/${number(500)}`),
      ask(6, () => `/articles/${number(500)}?include=author,tags,comments,likes,related,history`)
    ]
  },
  { app: 'awaits-chain.cjs', planted: 'serialised awaits', kind: 'waits', asks: [post(8, '/checkout')] },
  { app: 'lock.cjs', planted: 'a lock', kind: 'waits', inTurn: true, asks: [post(19, '/payments')] },
  { app: 'lock-pool.cjs', planted: 'a lock', kind: 'waits', inTurn: true, asks: [ask(27, '/stock')] },
  {
    app: 'lock-export.cjs',
    planted: 'a lock',
    kind: 'waits',
    asks: [ask(15, '/balance'), post(1.5, '/export')]
  },
  { app: 'middleware-waits.cjs', planted: 'slow middleware', kind: 'waits', asks: [] },
  {
    app: 'middleware-hash.cjs',
    planted: 'slow middleware',
    kind: 'blocks',
    common: { kind: 'header', name: 'authorization' },
    asks: [
      ask(2, '/items', { headers: { authorization: 'Bearer 1' } }),
      ask(2, '/', { headers: { authorization: 'Bearer 2' } })
    ]
  },
  {
    app: 'middleware-writes.cjs',
    planted: 'slow middleware',
    kind: 'waits',
    asks: [post(5, '/items'), { rate: 3, path: () => `/items/${number(99)}`, method: 'PUT' }]
  },
  {
    app: 'error-handler.cjs',
    planted: 'slow error path',
    kind: 'blocks',
    asks: [ask(25, () => `/quotes/${number(1000)}`)]
  },
  {
    app: 'error-retry.cjs',
    planted: 'slow error path',
    kind: 'waits',
    common: { kind: 'status', value: '502' },
    asks: [ask(25, () => `/rates?at=${number(1000)}`)]
  },
  {
    app: 'error-validation.mjs',
    planted: 'slow error path',
    kind: 'waits',
    common: { kind: 'status', value: '422' },
    asks: [post(25, '/messages', { text: 'hello' })]
  },
  {
    app: 'calls-http.cjs',
    planted: 'N+1 calls',
    kind: 'waits',
    common: { kind: 'parameter', name: 'id' },
    asks: [ask(12, () => `/carts/${number(900)}`), ask(4, () => `/carts/big${number(900)}`)]
  },
  {
    app: 'calls-database.cjs',
    planted: 'N+1 calls',
    kind: 'waits',
    common: { kind: 'query', name: 'page' },
    asks: [ask(12, '/books?page=1'), ask(6, () => `/books?page=${2 + number(9)}`)]
  },
  {
    app: 'calls-fetch.mjs',
    planted: 'N+1 calls',
    kind: 'waits',
    common: { kind: 'parameter', name: 'team', value: 'everyone' },
    asks: [ask(12, () => `/teams/${one(...WORDS)}`), ask(5, '/teams/everyone')]
  },
  { app: 'later.cjs', planted: 'computes after an await', kind: 'blocks', asks: [ask(3, '/render')] },
  { app: 'file-sync.cjs', planted: 'waits without letting go', kind: 'blocks', asks: [ask(2.5, '/version')] },
  { app: 'timer.cjs', planted: 'no handler', kind: 'blocks', outside: true, asks: [] },
  { app: 'healthy-express.cjs', planted: 'nothing', asks: [post(5, '/items', { name: 'none' })] },
  {
    app: 'healthy-waits.cjs',
    planted: 'nothing',
    asks: [ask(20, '/feed'), ask(20, () => `/users/${number(99)}`)]
  },
  {
    app: 'healthy-computes.cjs',
    planted: 'nothing',
    asks: [ask(20, () => `/quotes/${number(999)}`), ask(5, '/fail'), ask(5, '/nowhere')]
  },
  { app: 'healthy-cluster.cjs', workers: 3, planted: 'nothing', asks: [ask(40, '/items')] },
  { app: 'healthy-stream.cjs', planted: 'nothing', asks: [ask(8, '/news')] }
]
