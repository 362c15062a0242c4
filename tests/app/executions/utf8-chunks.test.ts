// Bytes in JSON: exact in transit whatever they are, readable for people.
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { chunkBody, createTextJoiner } from '#src/app/executions/utf8-chunks.ts';

const back = (body: ReturnType<typeof chunkBody>): Buffer =>
  'text' in body ? Buffer.from(body.text, 'utf8') : Buffer.from(body.base64, 'base64');

test('any bytes come back as they were', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (data) => {
      expect(back(JSON.parse(JSON.stringify(chunkBody(data))))).toEqual(Buffer.from(data));
    }),
  );
});

test('whole characters travel as text, others do not', () => {
  const text = '\uFEFF grüße 🐍\0\r\n';
  expect(chunkBody(Buffer.from(text))).toEqual({ text });
  expect(chunkBody(Buffer.from('\uFFFD'))).toEqual({ text: '\uFFFD' });
  expect(chunkBody(Buffer.from('ü').subarray(0, 1))).toEqual({ base64: 'ww==' });
});

test('text is joined across chunks, and what is no character is replaced', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.nat(), (data, cut) => {
      const joiner = createTextJoiner();
      const at = data.length === 0 ? 0 : cut % data.length;
      joiner.add(data.subarray(0, at));
      joiner.add(data.subarray(at));
      expect(joiner.end()).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(data));
    }),
  );
});
