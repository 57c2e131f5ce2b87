//! The network: without one there is nobody; with a private one there are the lab's own hosts.

use super::Tried;

/// Addresses at which a host, its engine or a cloud usually answers.
const SCAN: &str = "
import fcntl
addresses = ['127.0.0.53', '172.17.0.1', '172.18.0.1', '10.0.0.1', '10.0.2.2', '192.168.0.1', '192.168.1.1', '169.254.169.254', '100.100.100.200', '1.1.1.1', '8.8.8.8', 'host.docker.internal', 'gateway.docker.internal', '255.255.255.255', '224.0.0.1']
for address in addresses:
    for port in (22, 53, 80, 443, 2375, 2376, 3000):
        with socket.socket() as one:
            one.settimeout(1)
            try: one.connect((address, port)); outcome = 'connected'
            except socket.gaierror: outcome = 'no name'
            except TimeoutError: outcome = 'timeout'
            except OSError as error: outcome = errno.errorcode.get(error.errno, '?')
        print(f'{address} port {port}:', outcome)
for address in ['fe80::1', 'ff02::1', '2001:4860:4860::8888', 'fd00::1']:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as one:
        print(f'{address}:', tried('', lambda: one.sendto(b'x', (address, 53)) and 'sent'))
";

#[tokio::test]
async fn without_a_network_there_is_nobody() {
    let Some(tried) = Tried::begin().await else { return };
    assert_eq!(tried.client.output("ls /sys/class/net").await, "lo");
    // To itself there is a way, and nobody listens.
    let outcomes =
        ["ENETUNREACH", "EHOSTUNREACH", "ECONNREFUSED", "EACCES", "EPERM", "EADDRNOTAVAIL", "no name", "timeout"];
    tried.comes_to(SCAN, 100, &outcomes).await;
    let raw = "
for interface in range(1, 200):
    try: name = socket.if_indextoname(interface)
    except OSError: continue
    print(f'interface {name}:', 'lo' if name == 'lo' else 'another')
";
    tried.comes_to(raw, 1, &["lo"]).await;
    tried.holds().await;
}

#[tokio::test]
async fn the_network_can_not_be_changed() {
    let Some(tried) = Tried::begin().await else { return };
    for command in [
        "ip link add x type dummy",
        "ip link add x type veth peer name y",
        "ip link set lo netns 1",
        "ip tuntap add x mode tap",
        "ip addr add 10.9.9.9/24 dev lo",
        "ip route add default dev lo",
        "ip rule add from all lookup 1",
        "ip neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 dev lo",
        "ip netns add x",
        "ip link set lo down",
        "ip link set lo promisc on",
    ] {
        let result = tried.shell(command).await;
        assert!(!result.succeeded(), "{command}: {result:?}");
    }
    tried.holds().await;
}
