import { APPS } from './apps.mjs'
import { addUp, listenToChannels, require, restifyProbes } from './probes.mjs'

export const STATES = {
  bare: 'bare Express',
  empty: 'one more empty middleware',
  off: 'restifyProbes(), off',
  on: 'on, channels',
  attached: 'on, adding figures up as for a command'
}

/** Off, with a middleware more in each route, which names it. */
export const NAMED = 'named'

/** Makes one of the apps in one of the states. */
export function appIn(state, name) {
  const { build } = APPS[name]
  const express = require('express')
  const unnamed = () => []
  if (state === 'bare') return build(express, [], unnamed)
  if (state === 'empty') return build(express, [(_req, _res, next) => next()], unnamed)
  if (state === 'on') listenToChannels()
  if (state === 'attached') addUp()
  const { route } = restifyProbes()
  const naming = state === NAMED ? (routeName) => [route(routeName)] : unnamed
  return build(express, [restifyProbes()({ name: 'bench' })], naming)
}
