import { describe, expect, it } from 'vitest';
import type { HostError } from '../../../local/host/host-error.ts';
import { compileRoute } from '../../../local/host/route-template.ts';

describe('a route template', () => {
  it.each([
    ['api/a.b-c+d', 'api/a.b-c+d', {}],
    ['api/a.b', 'api/axb', undefined],
    ['api/{x}/y', 'api/1/y', { x: '1' }],
    ['api/{x}/y', 'api/1/2/y', undefined],
    ['{*all}', '', {}],
    ['{*all}', 'a/b', { all: 'a/b' }],
    ['a/{**all}', 'a/b/c', { all: 'b/c' }],
    ['a/{id:guid}', 'a/0f8fad5b-d9cb-469f-a165-70867728950e', { id: '0f8fad5b-d9cb-469f-a165-70867728950e' }],
    ['a/{id:guid}', 'a/1', undefined],
    ['a/{on:bool}', 'a/True', { on: 'True' }],
    ['a/{n:long:int}', 'a/-5', { n: '-5' }],
    ['a/{w:alpha?}', 'a', {}],
    ['a/{w:alpha?}', 'a/1', undefined],
    ['a', 'a//', undefined],
  ])('%s of %s gives %j', (template, path, expected) => {
    expect(compileRoute(template)(path)).toEqual(expected);
  });

  it.each(['a/{x', 'a/{x?}/b', 'a/{*x}/b', '{x}/{X}', 'v{x}', '{x:range(1,2)}', '{}', 'a/{x:float}'])(
    '%s is refused',
    (template) => {
      expect(() => compileRoute(template)).toThrow(expect.objectContaining({ code: 'route-invalid' }) as HostError);
    },
  );
});
