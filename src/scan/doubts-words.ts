/** Words that names in programs and documentation are made of; a table, counted over public packages. */
export const words: ReadonlySet<string> = new Set(
  `
about above absolute abstract accept accepts access according account across actions active actual actually added
adding addition additional address advanced after again against alert algorithm alias align allow allowed allowing
allows already alternative always amount analytics another anything appear append application applied applies apply
approve arbitrary argument arguments around array arrays assert assign assignment associated async asynchronous
attempt attributes audio authenticate authentication author authorization auto automatically available avoid await
back background backup backwards badge balance base based basename basic battery bearer because become becomes
before behavior being below benchmark benchmarks better between binary binding block body boolean bootstrap bound
branch break breaking broken brown browser browsers budget buffer build building builds built button byte bytes
cache cached calendar callback called caller calling calls camera campaign cannot capture card cart cases catalog
catch category cause center certificate chain change changed changeme changes channel char character characters
chars chart chat check checkbox checked checking checks child children chunk cipher city class classes clear client
clone close closed cluster code codes collect collection color column combined comes comma command comment comments
commit common compare comparison compatibility compatible compile complete component computed concat condition
conditional conditions config configurable configuration configured consider considered console const constant
constants constructor contain containing contains content contents context continue contract contributors control
controller convert cookie copies copyright core correct correctly corresponding could count country counts coverage
create created creates creating credential credentials currency current currently custom customer dashboard data
database date debug declaration declare decode decrypt default defaults define defined definition definitions delete
delivery demo dependencies dependency deploy deposit deprecated depth description descriptor details detect
determine developer development device dialog difference different digest digits direct directly directories
directory dirname disable disabled disk display document documentation documented doing double download downloads
driver dummy duplicate during dynamic easily edge effect either element elements email emitted empty enable enabled
encode encoded encoding encrypt ending enough ensure entire entries entry enum enumerable environment environments
equal equals equivalent error errors escape escaped escapes event events every everything exact exactly example
examples except exception exclude execute execution exist existing exists expand expect expected explicit explicitly
export exported exports expose exposed expression expressions extend extended extends extension extensions external
extra extract factory failed fails failure fake fallback false faster feature features fetch field fields file
filename files filesystem filter final finally finance firewall first fixed fixes flags float floor folder follow
followed following follows foobar footer force foreground form format formatted forward found from fully function
functions future gallery gateway generate generated generator generic getter github given giving global graph
greater group groups handle handled handler handlers handles handling happen hash having header health hello helper
helpers helps here hidden higher horse host however http https identifier ignore ignored ignores image immediately
implement implementation implements import important imports improve include included includes including indent
index indicate indicates infer infinity information initial initialize inline inner input insert inside install
installation installed instance instanceof instances instead integer intended interest interface internal into
invalid inventory invoice invoked issue issues item items iterable iterator itself javascript kernel keyof keystore
keyword known label language large last later latest layout lazy leading least leave ledger left legacy length level
libraries library license licensed likely limit line lines link linux list listener literal literals load loaded
loading local location lock logic login longer looking looks lower main maintainers maintenance major makes
management manager manually mapping market master match matched matcher matches matching maximum maybe meaning means
medium meeting member members memory menu merge merged message messages meta metadata method methods metric might
migration minimal minimum missing modal modified modify module modules monitor mount multiple music name named names
namespace native navbar necessary needed needs negative nested network never newline next node nodes nonce none
normal normalize normalized nothing notice notification null number numbers numeric object objects offset omitted
open operation operations operator option optional optionally options order organization original other otherwise
output outside over override package packages packet page pairs panel param parameter parameters params parent parse
parsed parser parses parsing partial parts passed passes passing passwd password patch path paths pattern patterns
payment pending perform performance permission phone photo pipeline place placeholder plain platform platforms
please plugin plugins point points pool popup port position positive possible potentially prefer prefix present
preserve pretty prev prevent previous previously price primitive print prior private probably probe problem process
processed processing product production program project projects promise promises properly properties property proto
prototype provide provided provider provides proxy public publish pull purpose push query queue quick quote random
range ranges rate rather read readable reading readme readonly ready reason receive received recommended record
recursive redacted reduce reference references regardless regex regexp region register registry regular reject
rejected related relative release released releases remaining remove removed removes repeat replace replaced
replacement report reported reports repository representation representing request requests require required
requires reset resolution resolve resolved resolves resolving restore result resulting results retain return
returned returning returns reverse review right role room root round router rule rules running runtime salt sample
sandbox save schedule scope script scripts search second seconds secret section security select self send separate
separated separator sequence serialize server service session setting settings setup several share shared shields
shift shipment short should sidebar sign signal signature similar simple simply since single size skipped slash
slice slider small snapshot socket software something sort source sources space spaces special specific specified
specify speed splice split spread stack staging standard staple start started starting starts state statement static
stats status stderr stdout still stock storage store stored stream strict string stringify strings strip structure
style subject subscription substring success suffix super supplied support supported supports switch symbol symbols
sync synchronous synchronously syntax system table takes target task team template tenant test tested testing tests
text that their there these thing things third this those though thread three through throw throwing thrown throws
ticket time timeout timer times todo together token tokens tools tooltip total trace track trade trailing
transaction transfer transform treat treated true twice type typed typeof types typescript undefined under
unexpected unicode union unique unit unknown unless unlike unsafe unshift unsupported until unused update updated
upload upper usage useful user users using usually utility utils valid validate validation value values variable
variables various vault verify version versions video view void volume wallet warning whatever where whether which
while whitespace whole whose widget width wildcard windows with withdraw within without word worker workflow
workflows working works world would wrapped wrapper writable write writing written wrong yellow yield your zone
`
    .trim()
    .split(/\s+/),
);
