<?php

require __DIR__ . '/lockpact.php';

class Probe
{
    private array $connection;

    public function __construct(array $connection)
    {
        if ($connection['url'] === 'http://refused') {
            throw new Lockpact\PortError('CredentialError', 'no');
        }
        $this->connection = $connection;
    }

    public function echoed(mixed $value, string $text): mixed
    {
        return ['value' => $value, 'text' => $text];
    }

    public function doubled(string $data): Lockpact\Bytes
    {
        return new Lockpact\Bytes($data . $data);
    }

    public function rejected(): void
    {
        throw new Lockpact\PortError('Rejected', 'why', ['reasons' => ['a', 'b']], new RuntimeException('the cause'));
    }

    public function failed(): void
    {
        throw new LengthException('too long');
    }

    public function spoken(): void
    {
        echo "printed\n";
        Lockpact\log('warning', 'client', 'logged');
    }

    public function woken(string $lock): string
    {
        return $this->connection['nearby']->wake($lock) . '!';
    }

    public function credential(): string
    {
        return $this->connection['credentials']['token'];
    }

    public function close(): void
    {
        Lockpact\log('info', 'client', 'closed');
    }
}

Lockpact\serve(Probe::class);
