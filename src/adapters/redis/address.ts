// Where the server is, read from the URL that an operator gave. The URL holds a password: no error here repeats it.
import { DomainError } from '#src/domain/errors.ts';

export interface Address {
  host: string;
  port: number;
  database: number;
  username: string | null;
  password: string | null;
  tls: boolean;
}

const form = 'redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], or rediss:// for TLS';
const standardPort = 6_379;

/** @throws DomainError `infrastructure` with a sentence for the operator */
export function addressOf(text: string): Address {
  const url = URL.parse(text);
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '')
    throw unfit('has not this form');
  if (url.search !== '' || url.hash !== '') throw unfit('has parameters');
  const database = /^\/?(\d{0,5})$/.exec(url.pathname)?.[1];
  if (database === undefined) throw unfit('names a database that is no number');
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? standardPort : Number(url.port),
    database: Number(database),
    username: decoded(url.username),
    password: decoded(url.password),
    tls: url.protocol === 'rediss:',
  };
}

function decoded(part: string): string | null {
  try {
    return part === '' ? null : decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) throw unfit('has a % in its user or password that must be written as %25');
    throw error;
  }
}

/** For logs and errors. */
export const placeOf = ({ host, port }: Address): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

const unfit = (fault: string): DomainError =>
  new DomainError('infrastructure', `The URL of Redis ${fault}; the form is ${form}`);
