// The small query language that every store implements alike: a conjunction of conditions on indexed fields.

export type Scalar = string | number | boolean | null;

export interface Condition {
  in?: readonly Scalar[];
  /** Not equal; also true of a field that is absent. */
  not?: Scalar;
  gt?: number | string;
  gte?: number | string;
  lt?: number | string;
  lte?: number | string;
  /** Whether the field is there and not null. */
  exists?: boolean;
  /** Contains this text, without regard to upper and lower case; never a pattern. */
  text?: string;
}

/**
 * Dotted paths name nested fields, and `id` the row's own id. A bare value means equality; on an array field, that it
 * contains the value. Ranges and `text` are for fields without arrays, an array that is searched holds no null, and `id`
 * is compared with texts alone.
 */
export type Filter = Record<string, Scalar | Condition>;

export interface Sort {
  field: string;
  direction: 'ascending' | 'descending';
}

export interface Query {
  where?: Filter;
  /** Ties are broken by id, so that the order is total. Default: by id. */
  sort?: Sort;
  /** Default 100. */
  limit?: number;
  skip?: number;
  /** The cursor of an earlier page with the same query; excludes `skip`. */
  after?: string;
}

export interface Page<Row> {
  rows: Row[];
  /** Where the next page begins; null after the last row. */
  next: string | null;
}
