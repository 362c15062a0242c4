// What the HTTP interface is given. Everything outside is reached through these; nothing here is imported by the core.
import type { RunPolicy } from '#src/app/executions/policy.ts';
import type { Caller } from '#src/domain/access.ts';
import type { AccountRules } from '#src/domain/accounts.ts';
import type { Runtime } from '#src/domain/execution.ts';
import type { Limiter } from '#src/ports/limiter.ts';
import type { Passwords } from '#src/ports/passwords.ts';
import type { Ports } from '#src/ports/ports.ts';
import type { Sagas } from '#src/ports/sagas.ts';
import type { Secrets } from '#src/ports/secrets.ts';

export interface ApiPorts
  extends Pick<Ports, 'clock' | 'ids' | 'logger' | 'records' | 'documents' | 'outputLog' | 'liveFeed'> {
  limiter: Limiter;
  passwords: Passwords;
  secrets: Secrets;
  sagas: Sagas;
}

export interface ApiSettings {
  /** Signs session tokens and CSRF tokens; at least 32 characters. */
  secret: string;
  serviceVersion: string;
  environment: 'development' | 'staging' | 'production' | 'test';
  /** Addresses and ranges whose forwarding headers are believed. */
  trustedProxies: readonly string[];
  /** Whether this server itself speaks TLS. */
  tls: boolean;
  limitsEnabled: boolean;
  bodyBytesMax: number;
  /** In which a body has to arrive whole. */
  bodyMsMax: number;
}

export interface ReadinessPart {
  name: string;
  ready: boolean;
  /** Safe to show. */
  detail: string | null;
}

export interface Readiness {
  ready: boolean;
  dependencies: readonly ReadinessPart[];
  roles: readonly ReadinessPart[];
}

export interface ApiDeps {
  ports: ApiPorts;
  settings: ApiSettings;
  /** Asked at each use, so that a change is in effect at once. */
  rules(): AccountRules;
  policy(): RunPolicy;
  /** What this installation offers, whichever process serves it. */
  runtimes(): Promise<readonly Runtime[]>;
  readiness(): Promise<Readiness>;
  /** The built web app: URL path to file; empty when this process serves none. */
  webFiles: ReadonlyMap<string, string>;
}

/** What is known of one request before any route sees it. */
export interface RequestState {
  id: string;
  /** The client's address, already past trusted proxies; null when there is no socket. */
  address: string | null;
  /** Came over TLS, here or at a trusted proxy. */
  secure: boolean;
  caller: Caller | null;
  /** Whether the caller is still who it was: sessions end while a stream is open. */
  stillValid(): Promise<boolean>;
  /** Milliseconds of the monotonic clock. */
  beganAt: number;
  /** Since when the caller waits for us alone, by the same clock; infinite while the body arrives. */
  waitsSince: number;
  /** The pattern of the route that was found; null before that, and where there is none. */
  route: string | null;
}
