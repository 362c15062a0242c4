// A reader of server-sent events for tests: takes frames one by one, and can leave.
import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** Whatever frames carry; each kind has some of it. */
export interface FrameData {
  attempt?: number;
  stream?: string;
  text?: string;
  base64?: string;
  name?: string;
  content_type?: string;
  size?: number;
  event_type?: string;
  execution_id?: string;
  status?: string | null;
  result?: { exit_code: number | null } | null;
  termination?: { reason: string };
}

export interface Frame {
  event: string;
  id: string | null;
  data: FrameData;
}

export interface EventReader {
  /** The next frame, or null at the end of the stream. */
  next(): Promise<Frame | null>;
  /** Everything up to the end of the stream. */
  rest(): Promise<Frame[]>;
  leave(): Promise<void>;
}

export function readEvents(answer: Response): EventReader {
  if (answer.body === null) throw new Error(`no stream: ${answer.status}`);
  const bytes = answer.body.getReader();
  const decoder = new TextDecoder();
  const waiting: Frame[] = [];
  const parser = createParser({
    onEvent: ({ event = 'message', id, data }: EventSourceMessage) =>
      void waiting.push({ event, id: id ?? null, data: JSON.parse(data) }),
  });

  async function next(): Promise<Frame | null> {
    for (;;) {
      const frame = waiting.shift();
      if (frame !== undefined) return frame;
      const { done, value } = await bytes.read();
      if (done) return null;
      parser.feed(decoder.decode(value, { stream: true }));
    }
  }

  return {
    next,
    async rest() {
      const frames: Frame[] = [];
      for (let frame = await next(); frame !== null; frame = await next()) frames.push(frame);
      return frames;
    },
    leave: () => bytes.cancel(),
  };
}
