<?php

/**
 * Makes an adapter of a class: Lockpact\serve(MyAdapter::class) lets
 * `lockpact check VENDOR --adapter-command 'php adapter.php'` drive it.
 *
 *     require __DIR__ . '/lockpact.php';
 *
 *     class MyAdapter
 *     {
 *         public function __construct(array $connection) { $this->client = new MyClient($connection['url']); }
 *         public function list_locks(): array { … }
 *     }
 *
 *     Lockpact\serve(MyAdapter::class);
 *
 * The methods, and what they get and return, are those of the vendor's port: `lockpact port VENDOR`. A record is an array with the
 * record's fields; return a mapping as (object) $array, since PHP cannot tell a list from it. To report one of the port's errors:
 * throw new Lockpact\PortError('Unavailable', 'why'). What the client prints, and PHP's warnings, are judged as the client's log.
 *
 * It needs PHP 8.1 or newer and no extension. Calls are answered one after the other, on the machine's clock.
 */

declare(strict_types=1);

namespace Lockpact;

const PROTOCOL = 1;

/** An error of the port, by its name. `$fields` are the error's further fields, as `lockpact port VENDOR` lists them. */
class PortError extends \Exception
{
    public function __construct(public readonly string $name, string $message = '', public readonly array $fields = [], ?\Throwable $previous = null)
    {
        parent::__construct($message, 0, $previous);
    }
}

/** Bytes, which JSON has not. The port's arguments have them as strings. */
final class Bytes implements \JsonSerializable
{
    public function __construct(public readonly string $bytes)
    {
    }

    public function jsonSerialize(): array
    {
        return ['base64' => base64_encode($this->bytes)];
    }
}

/** Lets the adapter be driven until standard input ends. An object of the class is made for each client. */
function serve(string $class): void
{
    (new Program($class))->run();
}

/** Reports a line of the client's log. Levels are debug, info, warning and error. */
function log(string $level, string $logger, string $text): void
{
    Program::send(['method' => 'log', 'params' => ['level' => $level, 'logger' => $logger, 'text' => $text]]);
}

/** Something at lockpact's side that the client calls, such as a radio: $connection['nearby']->wake($lock). */
final class RemoteObject
{
    public function __construct(private Program $program, private int $client, private string $name)
    {
    }

    public function __call(string $method, array $arguments): mixed
    {
        return $this->program->ask($this->client, $this->name, $method, $arguments);
    }
}

/** The program that `serve` runs. */
final class Program
{
    private static mixed $output;
    private array $clients = [];
    private array $unread = [];
    private int $asked = 0;

    public function __construct(private string $class)
    {
    }

    public function run(): void
    {
        self::$output = fopen('php://stdout', 'w');
        ini_set('display_errors', 'stderr');
        set_error_handler(function (int $kind, string $text, string $file, int $line): bool {
            if (error_reporting() & $kind) {
                log('warning', 'php', "$text in $file on line $line");
            }
            return true;
        });
        ob_start(function (string $text): string {
            foreach (preg_split('/\R/', $text, -1, PREG_SPLIT_NO_EMPTY) as $line) {
                log('info', 'stdout', $line);
            }
            return '';
        }, 1);
        while (($message = $this->next()) !== null) {
            $this->answer($message);
        }
    }

    /** Calls an object at lockpact's side, and returns what it answers. */
    public function ask(int $client, string $object, string $method, array $arguments): mixed
    {
        $id = 'n' . ++$this->asked;
        $params = ['client' => $client, 'object' => $object, 'method' => $method, 'arguments' => plain($arguments)];
        self::send(['id' => $id, 'method' => 'object', 'params' => $params]);
        while (($message = $this->read()) !== null) {
            if (isset($message['method'])) {
                $this->unread[] = $message;
            } elseif (isset($message['error'])) {
                throw new PortError($message['error']['data']['error'] ?? 'Error', $message['error']['message'] ?? '');
            } else {
                return revive($message['result'] ?? null);
            }
        }
        exit(0);
    }

    /** Writes a message. */
    public static function send(array $message): void
    {
        $flags = JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION | JSON_INVALID_UTF8_SUBSTITUTE;
        fwrite(self::$output, json_encode(['jsonrpc' => '2.0'] + $message, $flags | JSON_THROW_ON_ERROR) . "\n");
        fflush(self::$output);
    }

    private function next(): ?array
    {
        return array_shift($this->unread) ?? $this->read();
    }

    private function read(): ?array
    {
        $line = fgets(STDIN);
        return $line === false ? null : json_decode($line, true, 512, JSON_THROW_ON_ERROR);
    }

    private function answer(array $message): void
    {
        try {
            $result = plain($this->result($message['method'], $message['params'] ?? []));
            self::send(['id' => $message['id'], 'result' => $result]);
        } catch (\Throwable $error) {
            self::send(['id' => $message['id'], 'error' => describe($error)]);
        }
    }

    private function result(string $method, array $params): mixed
    {
        switch ($method) {
            case 'initialize':
                return ['protocol' => PROTOCOL, 'methods' => $this->methods(), 'clock' => 'machine'];
            case 'reset':
                $this->clients = [];
                return null;
            case 'new':
                $connection = $params['connection'];
                foreach ($connection['objects'] as $name) {
                    $object = new RemoteObject($this, $params['client'], $name);
                    $name === 'nearby' ? $connection[$name] = $object : $connection['credentials'][$name] = $object;
                }
                $this->clients[$params['client']] = new $this->class($connection);
                return null;
            case 'call':
                return $this->clients[$params['client']]->{$params['method']}(...array_values(revive($params['arguments'])));
            case 'close':
                $client = $this->clients[$params['client']] ?? null;
                unset($this->clients[$params['client']]);
                if ($client !== null && method_exists($client, 'close')) {
                    $client->close();
                }
                return null;
        }
        throw new \BadMethodCallException("there is no $method", -32601);
    }

    private function methods(): array
    {
        $public = (new \ReflectionClass($this->class))->getMethods(\ReflectionMethod::IS_PUBLIC);
        $names = array_map(fn (\ReflectionMethod $one): string => $one->getName(), $public);
        return array_values(array_filter($names, fn (string $name): bool => $name[0] !== '_' && $name !== 'close'));
    }
}

/** Returns a value as JSON has it. */
function plain(mixed $value): mixed
{
    if ($value instanceof \DateTimeInterface) {
        return $value->format('Y-m-d\TH:i:s.uP');
    }
    if ($value instanceof \UnitEnum) {
        return $value->name;
    }
    if ($value instanceof \stdClass) {
        return (object) array_map(plain(...), (array) $value);
    }
    return is_array($value) ? array_map(plain(...), $value) : $value;
}

/** Returns a value of the port as PHP has it: bytes are a string. */
function revive(mixed $value): mixed
{
    if (!is_array($value)) {
        return $value;
    }
    if (array_keys($value) === ['base64'] && is_string($value['base64'])) {
        return base64_decode($value['base64']);
    }
    return array_map(revive(...), $value);
}

/** Returns an error as the protocol has it. */
function describe(\Throwable $error): array
{
    if ($error instanceof PortError) {
        $data = ['error' => $error->name] + plain($error->fields);
    } else {
        $data = ['error' => (new \ReflectionClass($error))->getShortName()];
    }
    if ($error->getPrevious() !== null) {
        $data['cause'] = get_class($error->getPrevious()) . ': ' . $error->getPrevious()->getMessage();
    }
    return ['code' => $error->getCode() === -32601 ? -32601 : 1, 'message' => $error->getMessage(), 'data' => $data];
}
