// JSON, by the reader that all of .NET has: it gives XML whose "type" attributes tell what stood
// there.
using System.Collections.Generic;
using System.Linq;
using System.Runtime.Serialization.Json;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Ytx
{
    internal static class Json
    {
        internal static XElement Read(string json)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(json);
            var any = XmlDictionaryReaderQuotas.Max;
            using (var reader = JsonReaderWriterFactory.CreateJsonReader(bytes, any))
                return XElement.Load(reader);
        }

        /// <summary>The values of this key. Of a key that is no XML name, or in which something is
        /// escaped, the reader makes the attribute "item".</summary>
        internal static IEnumerable<XElement> Values(XElement of, string key)
        {
            return of.Elements().Where(
                value => ((string)value.Attribute("item") ?? value.Name.LocalName) == key);
        }

        internal static bool IsText(XElement value) => Type(value) == "string";

        internal static bool IsArray(XElement value) => Type(value) == "array";

        internal static bool IsObject(XElement value) => Type(value) == "object";

        internal static int? NumberOrNull(XElement value) => Type(value) == "null" ? null : (int?)value;

        private static string Type(XElement value) => (string)value.Attribute("type");
    }
}
