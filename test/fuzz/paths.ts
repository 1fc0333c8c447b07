import type { Framework, Path } from './model'

/** A path, and parts of URLs that match it. */
interface Sample {
  path: Path
  urls: string[]
}

/** The same in every framework. */
const STATIC: Sample[] = [
  { path: '/a', urls: ['/a'] },
  { path: '/b', urls: ['/b'] },
  { path: '/a/b', urls: ['/a/b'] },
  { path: '/B', urls: ['/B', '/b'] },
  { path: '/b/', urls: ['/b/', '/b'] },
  { path: '/', urls: ['', '/'] }
]

/** The same in both majors of Express. */
const COMMON: Sample[] = [
  ...STATIC,
  { path: '/:p', urls: ['/a', '/7', '/x%20y'] },
  { path: '/:q', urls: ['/b', '/8'] },
  { path: '/a/:p', urls: ['/a/7', '/a/b'] },
  { path: '/:p/b', urls: ['/a/b', '/7/b'] },
  { path: '/v:p', urls: ['/v7'] },
  { path: { regexp: '^\\/[ab]' }, urls: ['/a', '/b'] },
  { path: { regexp: '^\\/(\\d)' }, urls: ['/7'] },
  { path: { regexp: '^\\/(?:.*\\/)?b' }, urls: ['/b', '/a/b'] }
]

const EXPRESS_5: Sample[] = [
  ...COMMON,
  { path: { regexp: '^\\/a(?=\\/|$)' }, urls: ['/a'] },
  { path: '/*rest', urls: ['/a', '/a/b'] },
  { path: '/a/*rest', urls: ['/a/b', '/a/7/b'] },
  { path: '/{*rest}', urls: ['', '/a/b'] },
  { path: '/a{/:p}', urls: ['/a', '/a/7'] },
  { path: '{/:p}', urls: ['', '/7'] },
  { path: '/:p-:q', urls: ['/7-8'] }
]

const EXPRESS_4: Sample[] = [
  ...COMMON,
  { path: '*', urls: ['/a/b', ''] },
  { path: '/*', urls: ['/a', '/a/b'] },
  { path: '/a*', urls: ['/a', '/ab'] },
  { path: '/:p?', urls: ['', '/7'] },
  { path: '/a/:p?', urls: ['/a', '/a/7'] },
  { path: '/:p(\\d+)', urls: ['/7'] },
  { path: '/:p-:q', urls: ['/7-8'] }
]

const SAMPLES: Record<Framework, Sample[]> = { express: EXPRESS_5, 'express-4': EXPRESS_4, connect: STATIC }

export function pathsOf(framework: Framework): Path[] {
  return SAMPLES[framework].map(({ path }) => path)
}

/** The parts of URLs that match a path. */
export function urlsOf(framework: Framework, path: Path): string[] {
  const key = textOf(path)
  return SAMPLES[framework].find((sample) => textOf(sample.path) === key)?.urls ?? ['/a']
}

/** The path as it reads in the app's source. */
export function textOf(path: Path): string {
  return typeof path === 'string' ? path : `/${path.regexp}/`
}

/** The path as the framework takes it. */
export function givenPath(path: Path): string | RegExp {
  return typeof path === 'string' ? path : new RegExp(path.regexp)
}
