// Where an attempt at an account comes from.
import type { AttemptOrigin } from '#src/app/accounts.ts';
import type { RequestState } from '../deps.ts';
import { networkOf } from './address.ts';

export const originOf = ({ address }: RequestState, request: Request): AttemptOrigin => ({
  address,
  agent: request.headers.get('user-agent'),
  network: networkOf(address),
});
