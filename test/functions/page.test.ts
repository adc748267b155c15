import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { testPlatform } from '../support/platform.ts';

const routes = `
defaults: { repository: https://dev.azure.com/contoso/platform/_git/gitops, branch: main }
environments: { dev: {} }
routes:
  api:
    image: contoso.azurecr.io/api
    update: [{ file: api.yaml, helm: { tag: image.tag } }]
    environments: [dev]
`;

test('the page and its files come without a key, allow nothing of another site, and are small', async () => {
  const { functions } = await testPlatform({ routes, files: { 'api.yaml': 'image: { tag: "1" }\n' } });
  const page = await fetch(`${functions}/api/ui`);
  const html = await page.text();
  expect(page.status).toBe(200);
  const names = [...html.matchAll(/(?:href|src)="ui\/([^"]+)"/g)].map(([, name = '']) => name);
  expect(names.toSorted()).toEqual(['app.js', 'icon.svg', 'style.css']);
  expect(html).not.toMatch(/<style|style=|\son\w+=|<script(?! type="module" src=)/);
  let bytes = gzipSync(html).length;
  for (const name of names) {
    const file = await fetch(`${functions}/api/ui/${name}`);
    const text = await file.text();
    expect(file.status, name).toBe(200);
    expect(file.headers.get('content-security-policy')).toBe(page.headers.get('content-security-policy'));
    expect(text.length).toBeGreaterThan(100);
    bytes += gzipSync(text).length;
    const etag = file.headers.get('etag') ?? '';
    const again = await fetch(`${functions}/api/ui/${name}`, { headers: { 'if-none-match': etag } });
    expect(again.status, name).toBe(304);
  }
  expect(bytes).toBeLessThanOrEqual(60 * 1_024);

  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  expect(page.headers.get('set-cookie')).toBeNull();
  expect((await fetch(`${functions}/api/ui/other.js`)).status).toBe(404);
  expect((await fetch(`${functions}/api/ui/..%2fapp.js`)).status).toBe(404);
});
