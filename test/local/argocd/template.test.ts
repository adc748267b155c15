import { describe, expect, test } from 'vitest';
import { findImages, imageAt } from '../../../local/argocd/find-images.ts';
import { parseTemplate } from '../../../local/argocd/template/parse.ts';
import { render } from '../../../local/argocd/template/render.ts';

const fill = (template: string, data: unknown = {}) => render(parseTemplate(template), data);

/** The expected texts are those of Go's `text/template` with sprig. */
describe('templates', () => {
  test.each([
    ['a {{ .x }} b', { x: 1 }, 'a 1 b'],
    ['a {{- .x -}} b', { x: 1 }, 'a1b'],
    ['{{ .x.y.z }}', {}, '<no value>'],
    ['{{ toJson .x.y.z }}', {}, 'null'],
    [
      '{{ toJson . }}',
      { b: '<&>"\u2028', a: [true, null, 1.5] },
      '{"a":[true,null,1.5],"b":"\\u003c\\u0026\\u003e\\"\\u2028"}',
    ],
    ['{{/* nothing */}}x{{- /* nothing */ -}} y', {}, 'xy'],
    ['{{ "}}" }}{{ `{{` }}', {}, '}}{{'],
    ['{{ if .a }}A{{ else if .b }}B{{ else }}C{{ end }}', { b: 1 }, 'B'],
    ['{{ if .a }}A{{ else if .b }}B{{ else }}C{{ end }}', {}, 'C'],
    ['{{ range $i, $x := .l }}{{ $i }}{{ $x }};{{ else }}none{{ end }}', { l: ['a', 'b'] }, '0a;1b;'],
    ['{{ range .l }}{{ . }}{{ else }}none{{ end }}', {}, 'none'],
    ['{{ with .a }}{{ .b }}{{ $.c }}{{ end }}', { a: { b: 1 }, c: 2 }, '12'],
    ['{{ $n := 0 }}{{ range .l }}{{ $n = add $n . }}{{ end }}{{ $n }}', { l: [1, 2] }, '3'],
    ['{{ $n := 0 }}{{ if true }}{{ $n := 1 }}{{ $n }}{{ end }}{{ $n }}', {}, '10'],
    ['{{ index .l 1 }}{{ index .m "a" }}', { l: [1, 2], m: { a: 3 } }, '23'],
    ['{{ .x | default "d" | toString | trunc 3 | toJson }}', { x: 'ü€x' }, '"ü\\ufffd"'],
    ['{{ len "ü" }}{{ len (list 1 2) }}', {}, '22'],
    ['{{ and .a .b.c }}{{ or .a "x" }}{{ not .a }}', { a: 0 }, '0xtrue'],
    ['{{ if and (lt 1 2) (ge 2 2) (has "a" (list "b" "a")) (eq .x nil) (ne 1 2) }}yes{{ end }}', {}, 'yes'],
    ['{{ toJson (dict "b" .x "a" (append (list) "y")) }}', {}, '{"a":["y"],"b":null}'],
  ])('%s', (template, data, text) => {
    expect(fill(template, data)).toBe(text);
  });

  test.each(['{{ if .a }}', '{{ end }}', '{{ .a', '{{ }}', '{{ (.a }}', '{{ .a % 2 }}'])(
    '%j is refused',
    (template) => {
      expect(() => fill(template)).toThrow(SyntaxError);
    },
  );

  test.each(['{{ env "HOME" }}', '{{ $x }}', '{{ len nil }}', '{{ .a.b }}', '{{ "a" "b" }}', '{{ index .l 5 }}'])(
    '%s fails',
    (template) => {
      expect(() => fill(template, { a: 'text', l: [] })).toThrow(Error);
    },
  );
});

describe('images of a file', () => {
  test.each([
    ['repository and tag', 'api:\n  image: { repository: a/b, tag: 1.20 }\n', ['a/b:1.20']],
    ['registry apart', 'image: { registry: x.example, repository: b, tag: "1" }', ['x.example/b:1']],
    ['a digest', 'image: { repository: a/b, tag: v1, digest: "sha256:00" }', ['a/b:v1@sha256:00']],
    [
      'manifests',
      'kind: Pod\nspec: { containers: [{ image: "a/b:1" }] }\n---\nimage: a/c@sha256:00\n',
      ['a/b:1', 'a/c@sha256:00'],
    ],
    [
      'a kustomization',
      'images:\n- { name: b, newName: a/b, newTag: "2" }\n- { name: a/c, newTag: "3" }\n',
      ['a/b:2', 'a/c:3'],
    ],
    ['none', 'image: { pullPolicy: Always }\nname: x\n', []],
    ['a template of a chart', '{{- if .Values.x }}\nimage: {{ .Values.image }}:1\n{{- end }}\n', []],
  ])('%s', (_name, text, images) => {
    expect(findImages(text)).toEqual(images);
  });

  test('at a place', () => {
    const text = 'api: { tag: "1", digest: "" }\n';
    expect(imageAt(text, { image: 'a/b', tag: 'api.tag', digest: 'api.digest' })).toBe('a/b:1');
    expect(imageAt(text, { image: 'a/b', tag: 'web.tag' })).toBeUndefined();
  });
});
