// Reading all that a query finds, a page at a time; the next page is asked for only when somebody goes on.
import type { Page, Query } from './filter.ts';

type Find<Row> = (query: Query) => Promise<Page<Row>>;

/** `query.limit` is the length of a page. */
export async function* everyPage<Row>(find: Find<Row>, query: Query): AsyncGenerator<Row[], void> {
  for (let after: string | null | undefined; after !== null; ) {
    const page: Page<Row> = await find({ ...query, ...(after === undefined ? {} : { after }) });
    yield page.rows;
    after = page.next;
  }
}

export async function* everyRow<Row>(find: Find<Row>, query: Query): AsyncGenerator<Row, void> {
  for await (const rows of everyPage(find, query)) yield* rows;
}
