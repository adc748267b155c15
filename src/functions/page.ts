import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { HttpHandler, HttpRequest, HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import { problem } from './http.ts';

/** Everything comes from the app itself. No script is written as text, so data cannot become one. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const headers = {
  'content-security-policy': contentSecurityPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-cache',
  vary: 'accept-encoding',
};

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

interface PageFile {
  readonly type: string;
  readonly text: string;
  readonly gzip: Uint8Array;
  readonly etag: string;
}

const filesSchema = z.record(z.string(), z.string());

/** `GET /api/ui` and its files. They hold no data, so they need no key. */
export function makePage(folder: string): HttpHandler {
  let files: Promise<ReadonlyMap<string, PageFile>> | undefined;
  return async (request) => {
    // The files of the page are relative to `/api/`.
    if (new URL(request.url).pathname.endsWith('/')) return { status: 308, headers: { location: '../ui' } };
    files ??= readFiles(folder);
    const name = request.params['file'] ?? 'index.html';
    const file = (await files).get(name);
    return file ? answer(request, file) : problem(404, 'Not found', 'The page has no file of this name.');
  };
}

function answer(request: HttpRequest, { type, text, gzip, etag }: PageFile): HttpResponseInit {
  if (request.headers.get('if-none-match') === etag) return { status: 304, headers: { ...headers, etag } };
  const isCompressed = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '');
  return {
    status: 200,
    headers: { ...headers, etag, 'content-type': type, ...(isCompressed && { 'content-encoding': 'gzip' }) },
    body: isCompressed ? gzip : text,
  };
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const files = filesSchema.parse(JSON.parse(await readFile(join(folder, 'page.json'), 'utf8')));
  return new Map(
    Object.entries(files).map(([name, text]) => {
      const type = types[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
      const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
      return [name, { type, text, gzip: gzipSync(text, { level: 9 }), etag }];
    }),
  );
}
