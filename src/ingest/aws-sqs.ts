// Loaded when a queue is read; see aws-s3.ts.
export { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
