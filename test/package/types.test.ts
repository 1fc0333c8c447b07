import { execFile } from 'node:child_process'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { install } from './support/install'
import { pack } from './support/pack'
import { tool, trying, versionOf } from './support/tools'

const EXPRESSES = [
  { express: 'express', types: '@types/express' },
  { express: 'express-4', types: '@types/express-4' }
]

/**
 * The ways in which a project may resolve modules, the file that it compiles, and the releases of TypeScript
 * that know it.
 */
const PROJECTS = [
  {
    name: 'node10',
    file: 'cjs.cts',
    options: ['--module', 'commonjs', '--moduleResolution', 'node10'],
    compilers: ['typescript-5']
  },
  {
    name: 'node10, with esModuleInterop',
    file: 'app.ts',
    options: ['--module', 'commonjs', '--moduleResolution', 'node10', '--esModuleInterop'],
    compilers: ['typescript-5']
  },
  {
    name: 'node16, CommonJS',
    file: 'cjs.cts',
    options: ['--module', 'node16'],
    compilers: ['typescript-5', 'typescript']
  },
  {
    name: 'node16, ES module',
    file: 'esm.mts',
    options: ['--module', 'node16'],
    compilers: ['typescript-5', 'typescript']
  },
  {
    name: 'bundler',
    file: 'app.ts',
    options: ['--module', 'esnext', '--moduleResolution', 'bundler'],
    compilers: ['typescript-5', 'typescript']
  }
]

for (const { express, types } of EXPRESSES) {
  describe(`types beside @types/express ${versionOf(types)}`, { ...trying(), concurrency: 2 }, () => {
    let folder: string

    before(() => {
      const packages = [
        pack(),
        `express@${versionOf(express)}`,
        `@types/express@${versionOf(types)}`,
        `@types/node@${versionOf('@types/node')}`
      ]
      folder = install(packages).folder
    })

    for (const { name, file, options, compilers } of PROJECTS) {
      for (const compiler of compilers) {
        it(`are right for ${name}, strict, by TypeScript ${versionOf(compiler)}`, async () => {
          const tsc = [tool(compiler, 'bin', 'tsc'), '--noEmit', '--strict', '--exactOptionalPropertyTypes']
          const target = ['--target', 'es2022', '--types', 'node']
          // Only the newer compiler checks the declarations themselves: it takes a fifth of the time.
          const known = compiler === 'typescript' ? ['--ignoreConfig'] : ['--skipLibCheck']
          // Rejects, with what the compiler printed, unless all is right.
          await promisify(execFile)(process.execPath, [...tsc, ...target, ...known, ...options, file], {
            cwd: path.join(folder, 'typescript')
          })
        })
      }
    }
  })
}
