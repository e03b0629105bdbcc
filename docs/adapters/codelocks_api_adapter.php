<?php
// An adapter of the PHP library drinkynet/codelocks-api, for:
//
//     lockpact check codelocks --adapter-command 'php codelocks_api_adapter.php'
//
// It stands next to lockpact.php (lockpact port codelocks --kit php .) and to the library's autoloader. It only translates: where the
// library gives an answer that is wrong, so does this.

require __DIR__ . '/lockpact.php';
require __DIR__ . '/vendor/autoload.php';

use drinkynet\Codelocks\Codelocks;
use Lockpact\PortError;

class Adapter
{
    private const ERRORS = [400 => 'InvalidData', 403 => 'CredentialError', 404 => 'Missing', 429 => 'QuotaSpent'];
    private Codelocks $api;
    private string $accessKey;

    public function __construct(array $connection)
    {
        $this->accessKey = $connection['credentials']['access_key'];
        $this->api = (new Codelocks($connection['credentials']['api_key'], $this->accessKey))->setEndpoint($connection['url']);
    }

    public function show(array $stay): array
    {
        $lock = $stay['lock'];
        $zone = new DateTimeZone($lock['zone']);
        $start = new DateTime($stay['arrival'], $zone);
        $start->setTime((int) $start->format('H'), 0);
        $hours = (int) ceil(((new DateTime($stay['departure'], $zone))->getTimestamp() - $start->getTimestamp()) / 3600);
        $netcode = $this->api->netcode($lock['id'])->lockModel($lock['model'])->start($start)->duration($hours);
        $digits = $this->checked($netcode->accessKey($lock['identifier'] ?: $this->accessKey)->get());
        return [['digits' => $digits, 'start' => $start, 'end' => (clone $start)->modify("+$hours hours")]];
    }

    public function initialise(string $model): string
    {
        return $this->checked($this->api->init()->lockModel($model)->get())['InitSeq'];
    }

    public function initialise_with(string $model, string $master): string
    {
        return $this->checked($this->api->init()->lockModel($model)->masterCode($master)->get())['InitSeq'];
    }

    public function list_locks(): array
    {
        return array_column($this->checked($this->api->k3connect($this->accessKey)->get()), 'LockId');
    }

    public function use_access_key(string $key): void
    {
        $this->accessKey = $key;
    }

    /** The library answers false for whatever went wrong; the status is in the last response. */
    private function checked(mixed $answer): mixed
    {
        if ($answer !== false && $answer !== true) {
            return $answer;
        }
        ['headers' => $headers, 'body' => $body] = $this->api->getLastResponse();
        $name = str_contains((string) $body, 'Access Key') ? 'AccessKeyError' : self::ERRORS[$headers['http_code']] ?? 'Unavailable';
        throw new PortError($name, "status {$headers['http_code']}");
    }
}

Lockpact\serve(Adapter::class);
