import type { Problem, ProblemField } from './types';

/** What a call answered instead of its result, or why it got no answer. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  readonly fields: ProblemField[];

  constructor(
    status: number,
    code: string,
    message: string,
    requestId: string | null,
    fields: ProblemField[],
  ) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.fields = fields;
  }

  static of(response: Response, body: unknown): ApiError {
    const problem = (typeof body === 'object' && body !== null ? body : {}) as Partial<Problem>;
    const message = problem.detail || problem.title || `The server answered ${response.status}.`;
    const id = problem.request_id ?? response.headers.get('x-request-id');
    return new ApiError(response.status, problem.code ?? 'unknown', message, id, problem.errors ?? []);
  }
}

/** The sentence to show for anything that was thrown. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  if (error instanceof TypeError) return 'The server cannot be reached.';
  return error instanceof Error ? error.message : 'Something failed that has no description.';
}

/** `/grid/import_max_kw` → `grid.import_max_kw`, the path of a form's field. */
export function fieldPath(pointer: string): string {
  return pointer.replace(/^[/?]/, '').replaceAll('/', '.');
}
