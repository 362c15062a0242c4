// Where the broker of the tests is. Without one they fail: nobody may take them for passed.

export function kafkaBrokers(): string[] {
  const brokers = process.env.KAFKA_BROKERS;
  if (brokers === undefined || brokers === '') {
    throw new Error(
      'KAFKA_BROKERS is not set: these tests need a real broker, as "npm run test:engines" starts one',
    );
  }
  return brokers.split(',');
}
