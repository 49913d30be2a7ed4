// The bundle finds named exports of these packages only where they are imported statically; this module is loaded when a bucket is read.
export { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
