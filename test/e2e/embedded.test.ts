import { pipeline } from './pipeline.ts';

// The embedded topic's bytes are in the data directory, which the story searches as a whole.
pipeline('the embedded topic', async () => ({ env: {}, topicBytes: async () => [] }));
