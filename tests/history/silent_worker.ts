/** A worker that never answers: what is sealed stays a journal for as long as a test looks at it. */
export {};
