import type { HttpHandler } from '@azure/functions';
import { z } from 'zod';
import type { MissedPushes } from '../lib/deployments/missed-pushes.ts';
import { answerOrUnavailable, imageNameSchema, readQuery } from './http.ts';

const most = 200;
const querySchema = z.strictObject({ image: imageNameSchema.exactOptional() });

/** `GET /api/missed-pushes`: the pushes of the last days that changed nothing. */
export function makeListMissedPushes({ list }: Pick<MissedPushes, 'list'>): HttpHandler {
  return answerOrUnavailable(async (request) => {
    const query = readQuery(request, querySchema, 'Invalid query of missed pushes');
    if ('response' in query) return query.response;
    const pushes = await list(query.value, most);
    return { status: 200, headers: { 'cache-control': 'no-store' }, jsonBody: { pushes } };
  });
}
