import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Waiting {
  readonly id: string;
  readonly body: string;
  handle: string;
  /** Not handed out again before this moment, ms. */
  hiddenUntil: number;
  receives: number;
}

/** A network interface as the test server describes it. */
export interface TestInterface {
  readonly id: string;
  readonly subnet: string;
  readonly vpc: string;
  readonly groups: readonly string[];
  readonly addresses: readonly string[];
  readonly ipv6?: readonly string[];
}

/**
 * The two protocols of AWS that tests need besides S3, on loopback: SQS (JSON, one queue with a
 * visibility timeout) and EC2 DescribeNetworkInterfaces (query protocol, XML, filters and pages).
 */
export class AwsTestServer {
  readonly queue: Waiting[] = [];
  interfaces: TestInterface[] = [];
  /** Ms for which a message that was handed out is hidden. */
  visibility = 30_000;
  /** Interfaces on a page. */
  pageSize = 1000;
  /** Whether requests are answered with an error. */
  failing = false;
  /** The filters of each DescribeNetworkInterfaces. */
  readonly questions: { readonly filter: string; readonly values: readonly string[] }[] = [];
  #made = 0;
  readonly #server = createServer((request, answer) => {
    void this.#answer(request, answer);
  });

  static async start(): Promise<AwsTestServer> {
    const server = new AwsTestServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    process.env.AWS_ACCESS_KEY_ID ??= 'test';
    process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get queueUrl(): string {
    return `${this.endpoint}/123456789012/notifications`;
  }

  send(body: string): void {
    this.queue.push({ id: `message-${++this.#made}`, body, handle: '', hiddenUntil: 0, receives: 0 });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk as string;
    const target = request.headers['x-amz-target'];
    if (this.failing) {
      answer.writeHead(403, { 'content-type': 'text/xml' });
      answer.end(
        '<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>not allowed</Message></Error></Errors><RequestID>1</RequestID></Response>',
      );
      return;
    }
    if (typeof target === 'string') {
      const given = JSON.parse(body) as SqsRequest;
      const result = target.endsWith('.ReceiveMessage') ? await this.#receive(given) : this.#delete(given);
      answer.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(result));
      return;
    }
    answer.writeHead(200, { 'content-type': 'text/xml' }).end(this.#describe(new URLSearchParams(body)));
  }

  async #receive({ MaxNumberOfMessages = 1, WaitTimeSeconds = 0 }: SqsRequest): Promise<object> {
    const until = performance.now() + WaitTimeSeconds * 1000;
    for (;;) {
      const now = performance.now();
      const given = this.queue.filter((one) => one.hiddenUntil <= now).slice(0, MaxNumberOfMessages);
      if (given.length > 0 || now >= until || !this.#server.listening) {
        for (const one of given) {
          one.hiddenUntil = now + this.visibility;
          one.handle = `${one.id}/${++one.receives}`;
        }
        return {
          Messages: given.map(({ id, body, handle }) => ({
            MessageId: id,
            Body: body,
            MD5OfBody: createHash('md5').update(body).digest('hex'),
            ReceiptHandle: handle,
          })),
        };
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #delete({ Entries = [] }: SqsRequest): object {
    for (const { ReceiptHandle } of Entries) {
      const at = this.queue.findIndex(({ handle }) => handle === ReceiptHandle);
      if (at >= 0) this.queue.splice(at, 1);
    }
    return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
  }

  #describe(parameters: URLSearchParams): string {
    const filter = parameters.get('Filter.1.Name') ?? '';
    const values = [...parameters].flatMap(([key, value]) =>
      /^Filter\.1\.Value\.\d+$/.test(key) ? [value] : [],
    );
    if (!parameters.has('NextToken')) this.questions.push({ filter, values });
    const matching = this.interfaces.filter((one) =>
      filter === 'network-interface-id'
        ? values.includes(one.id)
        : filter === 'private-ip-address'
          ? values.includes(one.addresses[0] ?? '')
          : (one.ipv6 ?? []).some((address) => values.includes(address)),
    );
    const from = Number(parameters.get('NextToken') ?? 0);
    const page = matching.slice(from, from + this.pageSize);
    const next = from + page.length < matching.length ? `<nextToken>${from + page.length}</nextToken>` : '';
    return `<?xml version="1.0"?><DescribeNetworkInterfacesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1</requestId><networkInterfaceSet>${page.map(described).join('')}</networkInterfaceSet>${next}</DescribeNetworkInterfacesResponse>`;
  }
}

interface SqsRequest {
  readonly MaxNumberOfMessages?: number;
  readonly WaitTimeSeconds?: number;
  readonly Entries?: readonly { readonly Id: string; readonly ReceiptHandle: string }[];
}

function described({ id, subnet, vpc, groups, addresses, ipv6 = [] }: TestInterface): string {
  const list = (items: readonly string[]) => items.map((item) => `<item>${item}</item>`).join('');
  return `<item><networkInterfaceId>${id}</networkInterfaceId><subnetId>${subnet}</subnetId><vpcId>${vpc}</vpcId><privateIpAddress>${addresses[0] ?? ''}</privateIpAddress><groupSet>${list(groups.map((group) => `<groupId>${group}</groupId><groupName>${group}</groupName>`))}</groupSet><privateIpAddressesSet>${list(addresses.map((address, at) => `<privateIpAddress>${address}</privateIpAddress><primary>${at === 0}</primary>`))}</privateIpAddressesSet><ipv6AddressesSet>${list(ipv6.map((address) => `<ipv6Address>${address}</ipv6Address>`))}</ipv6AddressesSet></item>`;
}
