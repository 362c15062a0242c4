// Forwarding headers are believed from trusted proxies alone, and only as far as they reach.
import { describe, expect, test } from 'bun:test';
import { clientFinder, networkOf } from '#src/api/plugins/address.ts';

const find = clientFinder(['10.0.0.0/8', '::1'], false);
const address = (peer: string | null, forwarded?: string) =>
  find(peer, new Headers(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded })).address;

describe('the client address', () => {
  test('is the peer when the peer is nobody special, whatever it claims', () => {
    expect(address('203.0.113.9', '198.51.100.1')).toBe('203.0.113.9');
  });
  test('is the right-most hop that is no trusted proxy', () => {
    expect(address('10.1.1.1', '1.1.1.1, 198.51.100.7, 10.2.2.2')).toBe('198.51.100.7');
  });
  test('stops at a hop that is no address', () => {
    expect(address('10.1.1.1', '198.51.100.7, rubbish, 10.2.2.2')).toBe('10.2.2.2');
  });
  test('is the proxy itself when it forwards nothing', () => {
    expect(address('10.1.1.1')).toBe('10.1.1.1');
    expect(address('::1', '')).toBe('::1');
  });
  test('is the IPv4 address in an IPv6 socket', () => {
    expect(address('::ffff:10.1.1.1', '198.51.100.7')).toBe('198.51.100.7');
  });
  test('is nothing without a socket', () => {
    expect(address(null, '198.51.100.7')).toBeNull();
  });
  test('TLS is believed from a trusted proxy alone', () => {
    const headers = new Headers({ 'x-forwarded-proto': 'https' });
    expect([find('10.1.1.1', headers).secure, find('203.0.113.9', headers).secure]).toEqual([true, false]);
  });
  test('a list of proxies with an entry that is none is refused at once', () => {
    expect(() => clientFinder(['nowhere'], false)).toThrow();
  });
});

describe('the network that is counted', () => {
  test('is one IPv4 address, or the /64 of an IPv6 customer', () => {
    expect(networkOf('198.51.100.7')).toBe('198.51.100.7');
    expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
    expect(networkOf('2001:db8:1:2::99')).toBe(networkOf('2001:db8:1:2:ffff::1'));
    expect(networkOf(null)).toBe('unknown');
  });
});
