// Bytes that are produced piece by piece, as the body of an answer: the next piece is asked for when the last was taken,
// and the source is told when the reader leaves.

export function byteBody(source: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await source.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await source.return(undefined);
    },
  });
}
