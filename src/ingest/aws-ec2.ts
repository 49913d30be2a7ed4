// Loaded when network interfaces are asked for; see aws-s3.ts.
export { DescribeNetworkInterfacesCommand, EC2Client } from '@aws-sdk/client-ec2';
