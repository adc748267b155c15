import { expect, test } from 'vitest';
import { deploymentStates, isState } from '../../../src/lib/model/deployment-states.ts';

test.each([
  ['ended', ['committed', 'degraded', 'failed', 'healthy', 'pull-request', 'rolled-back', 'superseded', 'syncing']],
  ['committed', ['committed', 'degraded', 'failed', 'healthy', 'rolled-back', 'syncing']],
  ['waiting', ['committed', 'pull-request', 'syncing']],
  ['settling', ['committed', 'degraded', 'failed', 'healthy', 'superseded', 'syncing']],
  ['failing', ['abandoned', 'degraded', 'failed', 'rejected', 'rolled-back']],
  ['good', ['committed', 'healthy']],
] as const)('the states of the class %s', (name, states) => {
  expect(deploymentStates.filter((state) => isState(state, name)).toSorted()).toEqual(states);
});

test('a state of a newer version is in no class', () => {
  expect(isState('paused', 'ended')).toBe(false);
  expect(isState('toString', 'ended')).toBe(false);
});
