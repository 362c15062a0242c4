// Who is really at the other end. Forwarding headers are believed only from trusted proxies, and then only up to the
// right-most address that is not one of them; anything a client writes itself changes nothing.
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

export interface Client {
  address: string | null;
  secure: boolean;
}

export type ClientOf = (peer: string | null, headers: Headers) => Client;

/** @throws for an entry that is no address and no network */
export function clientFinder(trustedProxies: readonly string[], tls: boolean): ClientOf {
  const trusted = trustedProxies.map(networkFrom);
  const isTrusted = (address: Address): boolean =>
    trusted.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));

  const unheard = { address: null, secure: tls };
  /** Peers that are no proxies: what they say of themselves is not read. */
  const strangers = new Map<string, Client>();

  function strangerAt(peer: string, address: Address): Client {
    const client = { address: address.toString(), secure: tls };
    if (strangers.size >= knownMax) strangers.clear();
    strangers.set(peer, client);
    return client;
  }

  return (peer, headers) => {
    if (peer === null) return unheard;
    const stranger = strangers.get(peer);
    if (stranger !== undefined) return stranger;
    const direct = addressFrom(peer);
    if (direct === null) return unheard;
    if (!isTrusted(direct)) return strangerAt(peer, direct);
    const scheme = (headers.get('x-forwarded-proto') ?? '').split(',').at(-1)?.trim().toLowerCase();
    let client = direct;
    const hops = (headers.get('x-forwarded-for') ?? '').split(',').reverse();
    for (const hop of hops) {
      const address = addressFrom(hop.trim());
      if (address === null) break;
      client = address;
      if (!isTrusted(address)) break;
    }
    return { address: client.toString(), secure: tls || scheme === 'https' };
  };
}

/** What failures and requests are counted for: one IPv4 address, or the /64 that one IPv6 customer has. */
export function networkOf(address: string | null): string {
  const parsed = address === null ? null : addressFrom(address);
  if (parsed === null) return 'unknown';
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return `${parsed.toNormalizedString().split(':').slice(0, 4).join(':')}::/64`;
}

/** The same few addresses ask again and again, and reading one costs more than all the rest of a look. */
const known = new Map<string, Address | null>();
const knownMax = 1_000;
/** The longest there is: IPv6 with an IPv4 address inside. */
const lettersMax = 45;

function addressFrom(text: string): Address | null {
  const before = known.get(text);
  if (before !== undefined) return before;
  const address = ipaddr.isValid(text) ? ipaddr.process(text) : null;
  if (known.size >= knownMax) known.clear();
  if (text.length <= lettersMax) known.set(text, address);
  return address;
}

function networkFrom(entry: string): Network {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
  const address = addressFrom(entry);
  if (address === null) throw new Error(`a trusted proxy is neither an address nor a network: ${entry}`);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}
